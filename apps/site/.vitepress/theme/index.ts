/**
 * The theme: VitePress' own without its fonts, which pages on file:// may not load, and the playground's panes.
 */
import { defineAsyncComponent } from 'vue';
import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme-without-fonts';
import './style.css';

const PANES = {
  AttackPane: () => import('../../components/AttackPane.vue'),
  BoundaryPane: () => import('../../components/BoundaryPane.vue'),
  ImagesPane: () => import('../../components/ImagesPane.vue'),
  FourWaysPane: () => import('../../components/FourWaysPane.vue'),
};

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    // Loaded where a page uses them, never while pages are rendered: other pages carry no d3.
    for (const [name, load] of Object.entries(PANES)) app.component(name, defineAsyncComponent(load));
  },
} satisfies Theme;
