/** What tsc, which reads no `.vue`, takes a component for; vue-tsc reads the file itself. */
declare module '*.vue' {
  import type { Component } from 'vue';
  const component: Component;
  export default component;
}
