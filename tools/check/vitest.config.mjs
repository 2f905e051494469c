// The checks of the repository itself, and the tests of experiments/. `npm test` runs them; alone:
// `npx vitest run --config` and this file.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { HANG } from '../vitest/suites/hang.mjs';

export default defineConfig({
  test: {
    include: ['tools/check/*.test.mjs', 'experiments/src/**/*.test.ts'],
    root: new URL('../..', import.meta.url).pathname,
    maxWorkers: availableParallelism(),
    testTimeout: HANG,
    hookTimeout: HANG,
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results/check.json' },
  },
});
