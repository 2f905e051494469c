import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { chunksOf, collect, sourceOf } from './byteSource.js';
import { inflate } from './inflate.js';

const bytes = new Uint8Array(700_000).map((_, i) => (i * i) % 251);
const all = (packed: Uint8Array, wrapping: 'gzip' | 'deflate' | 'deflate-raw'): Promise<Uint8Array> =>
  collect(inflate(chunksOf(sourceOf(packed, 'x')), wrapping), 1e6, () => new Error('too many'));

describe('inflate', () => {
  it('unpacks each wrapping', async () => {
    expect(await all(gzipSync(bytes), 'gzip')).toEqual(bytes);
    expect(await all(deflateSync(bytes), 'deflate')).toEqual(bytes);
    expect(await all(deflateRawSync(bytes), 'deflate-raw')).toEqual(bytes);
  });

  it('fails on a damaged stream, on one that is cut short, and as what it reads fails', async () => {
    const packed = gzipSync(bytes);
    await expect(all(packed.subarray(0, packed.length / 2), 'gzip')).rejects.toThrow(/./);
    await expect(all(packed.fill(9, 100, 200), 'gzip')).rejects.toThrow(/./);
    // eslint-disable-next-line @typescript-eslint/require-await -- it fails in place of waiting
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      yield gzipSync(bytes).subarray(0, 10);
      throw new Error('the disk');
    };
    await expect(collect(inflate(failing(), 'gzip'), 1e6, () => new Error('too many'))).rejects.toThrow('the disk');
  });

  it('can be left early', async () => {
    for await (const chunk of inflate(chunksOf(sourceOf(gzipSync(bytes), 'x')), 'gzip')) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });
});
