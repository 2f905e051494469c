import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { tarOf } from '@curvature-tuning/tiny-sets';
import { chunksOf, collect, sourceOf } from './byteSource.js';
import { readTar } from './tar.js';

const long = `${'deep/'.repeat(40)}file.txt`;
const tree = { 'a.txt': 'hello', [long]: 'x'.repeat(300_000), empty: '' };

async function contents(bytes: Uint8Array): Promise<Record<string, string>> {
  const read: Record<string, string> = {};
  for await (const { name, size, chunks } of readTar(chunksOf(sourceOf(bytes, 'x.tar')), 'x.tar')) {
    const whole = await collect(chunks, 1e6, () => new Error('too many'));
    expect(whole).toHaveLength(size);
    read[name] = Buffer.from(whole).toString();
  }
  return read;
}

describe('readTar', () => {
  it('reads archives, gzipped or not, with names longer than a header has room for', async () => {
    const bytes = await tarOf(tree);
    expect(await contents(bytes)).toEqual(tree);
    expect(await contents(new Uint8Array(gzipSync(bytes)))).toEqual(tree);
  });

  it('passes over what is not read, and ends where the loop is left', async () => {
    const bytes = await tarOf(tree);
    const names: string[] = [];
    for await (const { name } of readTar(chunksOf(sourceOf(bytes, 'x')), 'x')) names.push(name);
    expect(names).toEqual(Object.keys(tree));
    for await (const { name } of readTar(chunksOf(sourceOf(bytes, 'x')), 'x')) {
      expect(name).toBe('a.txt');
      break;
    }
  });

  it('names the file, and the entry after which it cannot be read', async () => {
    const bytes = await tarOf(tree);
    await expect(contents(bytes.subarray(0, 100_000))).rejects.toThrow(
      /^readTar: x\.tar is damaged at byte \d+: it cannot be read after "deep/,
    );
    const packed = new Uint8Array(gzipSync(bytes));
    await expect(contents(packed.subarray(0, packed.length / 2))).rejects.toMatchObject({ file: 'x.tar' });
    await expect(contents(bytes.with(0, 65))).rejects.toThrow(/is no tar archive, or/);
    await expect(contents(new TextEncoder().encode('<html>'.repeat(200)))).rejects.toThrow(/is no tar archive, or/);
  });
});
