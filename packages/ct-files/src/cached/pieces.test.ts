import { describe, expect, it, vi } from 'vitest';
import { stubbedCaches } from '../../../../tools/vitest/pages/stubbedCaches.mjs';
import { openCache, Pieces } from './pieces.js';

const MIB = 2 ** 20;
const bytes = Uint8Array.from({ length: 9 * MIB + 5 }, (_, i) => (i * 7919) % 251);
const store = stubbedCaches();

const open = async (): Promise<Pieces> => Pieces.open(await openCache('x'), 'set/file name');
const isWhole = async (file: Pieces): Promise<boolean> =>
  Buffer.from(await file.blob().arrayBuffer()).equals(Buffer.from(bytes));

describe('Pieces', () => {
  it('keeps what was pushed, goes on with it, and says when it is whole', async () => {
    const first = await open();
    await first.push(bytes.subarray(0, 5 * MIB));
    await first.flush();
    expect([...store.kept.values()].map(({ size }) => size)).toEqual([4 * MIB, MIB]);
    const second = await open();
    expect([second.length, second.record]).toEqual([5 * MIB, undefined]);
    await second.push(bytes.subarray(5 * MIB));
    await second.close({ a: [0, 7] });
    const third = await open();
    expect(third.record).toEqual({ bytes: bytes.length, parts: { a: [0, 7] } });
    expect(await isWhole(third)).toBe(true);
    expect([...store.kept.keys()]).toContain('https://cached.invalid/set/file%20name?piece=2');
    await third.clear();
    expect(store.kept.size).toBe(0);
  });

  it('takes none for whole of which a piece is missing', async () => {
    const file = await open();
    await file.push(bytes);
    await file.close();
    store.kept.delete('https://cached.invalid/set/file%20name?piece=1');
    expect((await open()).record).toBeUndefined();
  });

  it('goes on in memory where there is no room, and where pages have no cache', async () => {
    store.limit.quota = MIB;
    const full = await open();
    await full.push(bytes);
    await full.close();
    expect([await isWhole(full), store.kept.size]).toEqual([true, 0]);
    vi.stubGlobal('caches', undefined);
    const insecure = await open();
    await insecure.push(bytes);
    await insecure.close();
    expect(await isWhole(insecure)).toBe(true);
  });
});
