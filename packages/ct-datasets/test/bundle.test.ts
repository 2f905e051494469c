/**
 * What a page ships that loads one bundled set: that set, and no other.
 */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { chunksOf } from '../../../tools/vitest/bundled.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The data files in the bundle of a program. */
async function dataIn(name: string, program: string): Promise<string[]> {
  const chunks = await chunksOf(root, name, program);
  return chunks
    .map(({ fileName }) => fileName)
    .filter((fileName) => /digits|mnist/.test(fileName))
    .map(dataOf)
    .sort();
}

const dataOf = (fileName: string): string => /^(.*?)(-idx\d-ubyte\.gz|\.json)/.exec(fileName)?.[1] ?? fileName;

it.each<[string, string[]]>([
  ['loadDigits', ['digits-images', 'digits-labels', 'digits-splits']],
  ['loadFashionMnistSample', ['fashion-mnist-sample-images', 'fashion-mnist-sample-labels']],
  ['toBatch', []],
])('a page that takes %s ships %j', async (name, data) => {
  expect(await dataIn(name, `export { ${name} } from '@curvature-tuning/datasets';`)).toEqual(data);
});

it('a page that takes a set by its name ships all', async () => {
  expect((await dataIn('loadDataset', "export { loadDataset } from '@curvature-tuning/datasets';")).length).toBe(5);
});
