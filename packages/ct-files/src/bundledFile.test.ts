import { describe, expect, it } from 'vitest';
import { bundledFile } from './bundledFile.js';

describe('bundledFile', () => {
  it('names a file that does not load, and the cure', async () => {
    const load = () =>
      Promise.reject(new TypeError('Failed to fetch dynamically imported module: https://example.org/x.js'));
    await expect(bundledFile('datasets', 'x.gz', load)).rejects.toThrow(
      'bundledFile: expected "x.gz", which ships with @curvature-tuning/datasets, got "Failed to fetch ' +
        'dynamically imported module: https://example.org/x.js"; serve all files of the build, and 404 ' +
        'instead of index.html',
    );
  });

  it('names a file whose script a bundler has emptied', async () => {
    await expect(bundledFile('datasets', 'y.gz', () => Promise.resolve({}))).rejects.toThrow(
      'bundledFile: expected "y.gz", which ships with @curvature-tuning/datasets, got a script without ' +
        'effect; let the bundler keep modules with side effects',
    );
  });
});
