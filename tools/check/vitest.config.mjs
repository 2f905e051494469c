// The checks of the repository itself. `npm test` runs them; alone: `npx vitest run --config` and this file.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { HANG } from '../vitest/suites/hang.mjs';

export default defineConfig({
  test: {
    include: ['*.test.mjs'],
    root: import.meta.dirname,
    maxWorkers: availableParallelism(),
    testTimeout: HANG,
    reporters: ['default', 'json'],
    outputFile: { json: '../../test-results/check.json' },
  },
});
