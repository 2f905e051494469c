import { open, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openPartialFile, readChunks, writeAt } from './partialFile.js';

let folder = '';
beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'ct-partial-'))));
afterEach(() => rm(folder, { recursive: true }));

const destination = (): string => join(folder, 'set.gz');
const shelf = (): string => `${destination()}.part`;
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('openPartialFile', () => {
  it('goes on from what was left, and publishes under the final name alone', async () => {
    await writeFile(shelf(), bytes(1, 2, 3));
    const partial = await openPartialFile(destination(), 5);
    expect((await partial.file.stat()).size).toBe(3);
    await writeAt(partial.file, bytes(4, 5), 3);
    expect(await partial.publish()).toBe(true);
    await partial.leave();
    expect(await readdir(folder)).toEqual(['set.gz']);
    expect(new Uint8Array(await readFile(destination()))).toEqual(bytes(1, 2, 3, 4, 5));
  });

  it('begins anew where more was left than the file has, or a link', async () => {
    await writeFile(shelf(), bytes(1, 2, 3));
    const tooShort = await openPartialFile(destination(), 2);
    expect((await tooShort.file.stat()).size).toBe(0);
    await tooShort.leave();
    const secret = join(folder, 'secret');
    await writeFile(secret, bytes(9));
    await symlink(secret, shelf());
    const linked = await openPartialFile(destination(), 2);
    expect((await linked.file.stat()).size).toBe(0);
    await linked.leave();
    expect(await readdir(folder)).toEqual(['secret']);
  });

  it('publishes once: whoever comes second is told so, and what is there stays', async () => {
    const first = await openPartialFile(destination(), 1);
    const second = await openPartialFile(destination(), 1);
    await writeAt(first.file, bytes(1), 0);
    await writeAt(second.file, bytes(2), 0);
    expect([await first.publish(), await second.publish()]).toEqual([true, false]);
    await first.leave();
    await second.leave();
    expect(await readdir(folder)).toEqual(['set.gz']);
    expect(new Uint8Array(await readFile(destination()))).toEqual(bytes(1));
  });

  it('leaves the longer of two to the next one, and nothing of no bytes', async () => {
    const empty = await openPartialFile(destination(), 9);
    await empty.leave();
    expect(await readdir(folder)).toEqual([]);
    const [long, short] = [await openPartialFile(destination(), 9), await openPartialFile(destination(), 9)];
    await writeAt(long.file, bytes(1, 2, 3), 0);
    await writeAt(short.file, bytes(1), 0);
    await long.leave();
    await short.leave();
    expect(await readdir(folder)).toEqual(['set.gz.part']);
    expect(new Uint8Array(await readFile(shelf()))).toEqual(bytes(1, 2, 3));
  });
});

it('readChunks gives the first bytes, in pieces of 256 KiB', async () => {
  const content = Uint8Array.from({ length: 2 ** 18 + 5 }, (_, i) => i % 251);
  await writeFile(destination(), content);
  const file = await open(destination());
  for (const [most, sizes] of [
    [undefined, [2 ** 18, 5]],
    [2 ** 18 + 2, [2 ** 18, 2]],
    [3, [3]],
    [0, []],
  ] as const) {
    const found: number[][] = [];
    for await (const chunk of readChunks(file, most)) found.push([...chunk]);
    expect(found.map(({ length }) => length)).toEqual(sizes);
    expect(found.flat()).toEqual([...content.subarray(0, most ?? content.length)]);
  }
  await file.close();
});

it('writeAt writes all of a chunk, whatever a write of the system takes', async () => {
  const written: [number, number, number][] = [];
  const slow = {
    write: (_: Uint8Array, from: number, length: number, position: number) => {
      written.push([from, length, position]);
      return Promise.resolve({ bytesWritten: Math.min(length, 2) });
    },
  };
  await writeAt(slow as unknown as Parameters<typeof writeAt>[0], bytes(1, 2, 3, 4, 5), 10);
  expect(written).toEqual([
    [0, 5, 10],
    [2, 3, 12],
    [4, 1, 14],
  ]);
});
