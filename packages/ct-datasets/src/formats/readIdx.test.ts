import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readIdx } from './readIdx.js';

const file = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);
const array = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), shape: [2, 3] };

describe('readIdx', () => {
  it('reads a plain and a gzipped file alike', async () => {
    await expect(readIdx(file)).resolves.toEqual(array);
    await expect(readIdx(gzipSync(file))).resolves.toEqual(array);
  });

  it('refuses a gzip stream that ends early or is damaged', async () => {
    const packed = gzipSync(file);
    await expect(readIdx(packed.subarray(0, packed.length - 12), { source: 'x.gz' })).rejects.toThrow(
      /x\.gz is damaged at byte \d+: (its gzip stream|it is truncated|it ends within its header)/,
    );
    packed[packed.length - 6] = (packed[packed.length - 6] ?? 0) ^ 0xff;
    await expect(readIdx(packed)).rejects.toThrow(
      /^readIdx: the file is damaged at byte \d+: its gzip stream cannot be unpacked \(/,
    );
  });

  it('refuses gzipped files that are no IDX or do not fit their header', async () => {
    await expect(readIdx(gzipSync(new TextEncoder().encode('hello world')))).rejects.toThrow(/is not an IDX file/);
    await expect(readIdx(gzipSync(file.subarray(0, 17)))).rejects.toThrow(/is truncated/);
    await expect(readIdx(gzipSync(Uint8Array.of(...file, 7)))).rejects.toThrow(/has trailing bytes/);
    await expect(readIdx(gzipSync(file.subarray(0, 6)))).rejects.toThrow(/ends within its header/);
  });

  it(
    'stops unpacking a bomb: 256 MB of zeros behind a header of 2 bytes grow the memory by less than 64 ' + 'MB',
    async () => {
      const bomb = gzipSync(Buffer.concat([Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2), Buffer.alloc(2 ** 28)]));
      const before = process.memoryUsage();
      await expect(readIdx(bomb)).rejects.toThrow(/has trailing bytes/);
      const after = process.memoryUsage();
      expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 ** 26);
    },
  );

  it('refuses what announces more than maxBytes', async () => {
    const huge = gzipSync(Uint8Array.of(0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff, 1));
    await expect(readIdx(huge)).rejects.toThrow(/announces 4294967303 bytes, more than the 1073741824 allowed/);
    await expect(readIdx(gzipSync(file), { maxBytes: 17 })).rejects.toThrow(/raise maxBytes/);
    await expect(readIdx(gzipSync(file), { maxBytes: 18 })).resolves.toEqual(array);
  });

  it('of any gzip-like bytes either reads or throws an error of its own', async () => {
    const packed = gzipSync(file);
    await fc.assert(
      fc.asyncProperty(fc.nat(packed.length - 1), fc.nat(255), async (position, value) => {
        const changed = Uint8Array.from(packed);
        changed[position] = value;
        await readIdx(changed).then(
          (read) => expect(read).toEqual(array),
          (error: Error) => expect(error.message).toMatch(/^(readIdx|parseIdx): /),
        );
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});
