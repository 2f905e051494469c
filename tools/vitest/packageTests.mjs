// The vitest configuration of a package: its tests in Node, plus the projects it passes, and a record for `npm test`.
import { defineConfig } from 'vitest/config';

/** @type {typeof import('./packageTests.mjs').packageTests} */
export function packageTests(...projects) {
  return defineConfig({
    test: {
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
