// The fuzz suite: damaged files and graphs, drawn from seeds. `npm run fuzz`; `npm run test:full` runs it too.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { HANG } from './hang.mjs';

export default defineConfig({
  test: {
    include: ['packages/*/test/*.fuzz.ts'],
    root: new URL('../../..', import.meta.url).pathname,
    maxWorkers: Math.ceil(availableParallelism() / 2),
    testTimeout: 3 * HANG,
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results/fuzz.json' },
  },
});
