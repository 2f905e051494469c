// The built site in Chromium: `npm run test:full`.
import { defineConfig } from 'vitest/config';
import { HANG } from '../../../tools/vitest/suites/hang.mjs';

export default defineConfig({
  test: {
    include: ['*.test.mjs'],
    globalSetup: ['build.mjs'],
    root: import.meta.dirname,
    // They share one build.
    fileParallelism: false,
    testTimeout: HANG,
    hookTimeout: HANG,
    reporters: ['default', 'json'],
    outputFile: { json: '../../../test-results/site.json' },
  },
});
