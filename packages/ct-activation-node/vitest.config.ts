import { packageTests } from '../../tools/vitest/packageTests.mjs';

export default packageTests({
  // They set what programs of the machine are found, and load libraries that stay.
  alone: ['{src,test}/**/*.test.ts'],
});
