// The built site in Chromium: `npm run test:full`.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['*.test.mjs'],
    globalSetup: ['build.mjs'],
    root: import.meta.dirname,
    // They share one build.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 300_000,
    reporters: ['default', 'json'],
    outputFile: { json: '../../../test-results/site.json' },
  },
});
