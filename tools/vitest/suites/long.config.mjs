// Tests that take from twenty seconds to minutes, of all packages: `npm run test:full`, which has those of
// tools/consumer beside them, much of whose time is the network's. Alone: `npx vitest run --config` this file, and a
// part of the test's path.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { HANG } from './hang.mjs';

export default defineConfig({
  test: {
    include: ['packages/*/test/*.long.ts'],
    root: new URL('../../..', import.meta.url).pathname,
    maxWorkers: availableParallelism(),
    testTimeout: 3 * HANG,
    hookTimeout: HANG,
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results/long.json' },
  },
});
