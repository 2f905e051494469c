// The tests that need npm's registry: `npm run test:full`.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['*.test.mjs'],
    root: import.meta.dirname,
    // They share one folder.
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    reporters: ['default', 'json'],
    outputFile: { json: '../../test-results/consumer.json' },
  },
});
