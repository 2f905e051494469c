import { bundledFile } from '@curvature-tuning/files';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { loadBundled } from './bundled.js';
import { digitSplits } from './digits.js';
import { fashionMnistSplits } from './fashionMnistSample.js';

const data = new URL('../../data/', import.meta.url);
const files = readdirSync(data).filter((name) => !name.endsWith('.md'));

describe('bundledFile', () => {
  it.each(files)('gives %s byte for byte, by import and by require', async (name) => {
    const expected = createHash('sha256')
      .update(readFileSync(new URL(name, data)))
      .digest('hex');
    const script = new URL(`../../assets/${name}.js`, import.meta.url);
    for (const load of [
      () => import(script.href),
      () => Promise.resolve(createRequire(import.meta.url)(script.pathname) as unknown),
    ]) {
      const bytes = await bundledFile('datasets', name, load);
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(expected);
    }
  });
});

describe('what ships with the package', () => {
  it('is all read by someone', async () => {
    const [digits, fashion, ...splits] = await Promise.all([
      loadBundled('digits'),
      loadBundled('fashion-mnist-sample'),
      digitSplits(),
      fashionMnistSplits(),
    ]);
    expect([digits.labels.length, fashion.labels.length]).toEqual([1797, 4500]);
    expect(splits.map(({ seeds }) => Object.keys(seeds))).toEqual([
      ['42', '43', '44'],
      ['42', '43', '44'],
    ]);
    expect(files).toHaveLength(6);
  });
});
