import { parquetOf, tarOf, tgzOf, zipOf } from '@curvature-tuning/tiny-sets';
import { describe, expect, it } from 'vitest';
import { archiveEntries, isArchive, mostUnpacked, stemOf } from './archiveEntries.js';
import { sourceOf } from './byteSource.js';

const tree = { 'a/b.txt': 'hello', './c.txt': 'x' };
const pathsOf = async (bytes: Uint8Array): Promise<string[]> => {
  const paths: string[] = [];
  for await (const { path } of archiveEntries(sourceOf(bytes, 'x'), { mostBytes: 1000 })) paths.push(path);
  return paths;
};

describe('archiveEntries', () => {
  it('tells archives by their first bytes', async () => {
    for (const bytes of [zipOf(tree), await tarOf(tree), await tgzOf(tree)])
      expect(await pathsOf(bytes)).toEqual(['a/b.txt', 'c.txt']);
    const rows = [Uint8Array.of(1), Uint8Array.of(2)];
    await expect(pathsOf(parquetOf(rows, [1, 0]))).rejects.toThrow(/no column "label"|label/);
  });

  it('counts bytes and names, and refuses what is too much, twice there, or nothing', async () => {
    await expect(pathsOf(zipOf({ a: 'x'.repeat(1001) }))).rejects.toThrow('unpacks to more than 1000 bytes');
    await expect(pathsOf(await tarOf({ a: '1', A: '2' }))).rejects.toThrow('two entries "A"');
    await expect(pathsOf(zipOf({}))).rejects.toMatchObject({ file: 'x' });
  });
});

describe('names of archives', () => {
  it('have endings', () => {
    expect(['a.tgz', 'a.tar.gz', 'a.ZIP', 'a.npz', 'a.mat'].map(isArchive)).toEqual([true, true, true, true, false]);
    expect(stemOf('dtd-r1.0.1.tar.gz')).toBe('dtd-r1.0.1');
    expect(mostUnpacked(2 ** 30)).toBe(20 * 2 ** 30);
  });
});
