/**
 * The main entry must load in a browser: nothing that it reaches may import a Node module or an optional package.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

/** All import specifiers, static and dynamic, of the modules reached from `entry`, by file. */
async function importsOf(entry: URL, seen = new Map<string, string[]>()): Promise<Map<string, string[]>> {
  if (seen.has(entry.href)) return seen;
  const source = await readFile(entry, 'utf8');
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const specifiers = [
    ...code.matchAll(
      /^(?:import|export)\s(?!type\b)[^;]*?from\s+'([^']+)'|\bimport\(\s*'([^']+)'|^import\s+'([^']+)'/gm,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  seen.set(entry.href, specifiers);
  for (const specifier of specifiers) {
    // The data files are scripts, made when the packages are built.
    if (specifier.startsWith('.') && !specifier.startsWith('../../assets/'))
      await importsOf(new URL(specifier.replace(/\.js$/, '.ts'), entry), seen);
  }
  return seen;
}

describe('the main entry', () => {
  it('reaches no package but the checks, the form of data sets, the files, tfjs-core and random numbers', async () => {
    const reached = await importsOf(new URL('../src/index.ts', import.meta.url));
    const packages = [...reached.values()].flat().filter((specifier) => !specifier.startsWith('.'));
    expect(reached.size).toBeGreaterThan(8);
    expect([...new Set(packages)].sort()).toEqual([
      '@curvature-tuning/checks',
      '@curvature-tuning/data',
      '@curvature-tuning/files',
      '@tensorflow/tfjs-core',
      'pure-rand/generator/mersenne',
    ]);
  });

  it('of pages reaches hashes and fflate, too, and nothing of Node', async () => {
    const reached = await importsOf(new URL('../src/browser.ts', import.meta.url));
    const packages = [...reached.values()].flat().filter((specifier) => !specifier.startsWith('.'));
    expect(packages.filter((specifier) => /^node:|sharp/.test(specifier))).toEqual([]);
    expect([...new Set(packages)].sort()).toEqual([
      '@curvature-tuning/checks',
      '@curvature-tuning/data',
      '@curvature-tuning/files',
      '@noble/hashes/legacy',
      '@noble/hashes/sha2',
      'fflate',
    ]);
  });

  it('exports exactly what its page lists', async () => {
    expect(Object.keys(await import('../src/index.js')).sort()).toEqual([
      'ARCHIVE_CATALOG',
      'DamagedFileError',
      'PAPER_PIPELINES',
      'augment',
      'catalog',
      'channelStatistics',
      'hashImageSet',
      'hashSplits',
      'loadBundled',
      'loadDataset',
      'loadDigits',
      'loadFashionMnistSample',
      'parseIdx',
      'readIdx',
      'resample',
      'resizeToCover',
      'scaleImage',
      'subset',
      'toBatch',
      'toDataSet',
    ]);
    expect(Object.keys(await import('../src/browser.js')).sort()).toEqual([
      'DamagedFileError',
      'loadDataset',
      'openDataset',
    ]);
    expect(Object.keys(await import('../src/node.js')).sort()).toEqual([
      'DamagedFileError',
      'cacheRoot',
      'downloadDataset',
      'imageFolder',
      'loadDataset',
      'loadFashionMnist',
      'loadImages',
      'loadMnist',
      'openDataset',
      'verifyDataset',
    ]);
  });
});
