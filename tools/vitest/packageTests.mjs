// The vitest configuration of a package: its tests in Node, plus the projects it passes, and a record for `npm test`.
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** @type {typeof import('./packageTests.mjs').packageTests} */
export function packageTests(...projects) {
  return defineConfig({
    test: {
      // `npm test` runs two packages at a time, and a browser may have its files beside these.
      maxWorkers: Math.ceil(availableParallelism() / 2),
      projects: [
        { test: { name: 'node', include: ['{src,test}/**/*.test.ts'], environment: 'node', testTimeout: 60_000 } },
        ...projects,
      ],
      passWithNoTests: false,
      reporters: ['default', 'json'],
      outputFile: { json: 'test-results/vitest.json' },
    },
  });
}
