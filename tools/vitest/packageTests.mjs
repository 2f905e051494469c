// The vitest configuration of a package: its tests in Node, plus the projects it passes, and a record for `npm test`.
//
// The tests in Node share one process, which loads tfjs and the sources once: a third of the time that a process for
// each file takes. `alone` names those that want what nobody has touched, such as a backend without fused kernels.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { HANG } from './suites/hang.mjs';

const SAME_START = fileURLToPath(new URL('sameStart.mjs', import.meta.url));

/** @type {typeof import('./packageTests.mjs').packageTests} */
export function packageTests({ alone = [], browsers = [] } = {}) {
  const inNode = { environment: 'node', testTimeout: HANG, hookTimeout: HANG };
  const all = ['{src,test}/**/*.test.ts'];
  const shared = { name: 'node', include: all, exclude: alone, isolate: false, setupFiles: [SAME_START] };
  return defineConfig({
    test: {
      // `npm test` runs two packages at a time, and a browser may have its files beside these.
      maxWorkers: Math.ceil(availableParallelism() / 2),
      projects: [
        { test: { ...inNode, ...shared } },
        ...(alone.length > 0 ? [{ test: { ...inNode, name: 'alone', include: alone } }] : []),
        ...browsers,
      ],
      passWithNoTests: false,
      reporters: ['default', 'json'],
      outputFile: { json: 'test-results/vitest.json' },
    },
  });
}
