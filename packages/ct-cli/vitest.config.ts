import { packageTests } from '../../tools/vitest/packageTests.mjs';

export default packageTests({
  // They put others in the place of modules, and set what a process has once: its arguments, its environment.
  alone: ['{src,test}/**/*.test.ts'],
});
