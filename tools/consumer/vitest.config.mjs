// The tests that need npm's registry: `npm run test:full`.
import { defineConfig } from 'vitest/config';
import { HANG } from '../vitest/suites/hang.mjs';

export default defineConfig({
  test: {
    include: ['*.test.mjs'],
    root: import.meta.dirname,
    // They share one folder.
    fileParallelism: false,
    testTimeout: HANG,
    hookTimeout: HANG,
    reporters: ['default', 'json'],
    outputFile: { json: '../../test-results/consumer.json' },
  },
});
