import { afterEach, describe, expect, it, vi } from 'vitest';
import { hashImageSet, hashSplits } from './hashImageSet.js';
import type { ImageSet } from './imageSet.js';

const set: ImageSet = {
  images: Uint8Array.of(0, 1, 254, 255),
  labels: Uint8Array.of(1, 0),
  shape: [1, 2, 1],
  classes: ['a', 'b'],
};

afterEach(() => vi.unstubAllGlobals());

describe('hashImageSet', () => {
  it("is Python's hashlib.sha256 of the documented bytes", async () => {
    // sha256(b'image set 2x1x2x1\n' + bytes([0, 1, 254, 255]) + bytes([1, 0, 0, 0, 0, 0, 0, 0])).hexdigest()
    expect(await hashImageSet(set)).toBe('841a17080161b952bd1ea2d3ade0ef56c472fa8509ef928349572e7d0aa06dcb');
  });

  it('does not depend on the array type of labels nor on class names', async () => {
    const other = { ...set, labels: Int32Array.from(set.labels), classes: ['x', 'y', 'z'] };
    expect(await hashImageSet(other)).toBe(await hashImageSet(set));
  });

  it('depends on pixels, labels and shape', async () => {
    const hashes = await Promise.all([
      hashImageSet(set),
      hashImageSet({ ...set, images: Uint8Array.of(0, 1, 254, 254) }),
      hashImageSet({ ...set, labels: Uint8Array.of(0, 1) }),
      hashImageSet({ ...set, shape: [2, 1, 1] }),
    ]);
    expect(new Set(hashes).size).toBe(4);
  });

  it('is the same without WebCrypto, which browsers have on https and localhost only', async () => {
    const expected = await hashImageSet(set);
    vi.stubGlobal('crypto', {});
    expect(await hashImageSet(set)).toBe(expected);
  });
});

describe('hashSplits', () => {
  it('depends on which images are in which split', async () => {
    const other = { ...set, labels: Uint8Array.of(0, 0) };
    const one = await hashSplits({ train: set, validation: other, test: set });
    expect(one).toMatch(/^[0-9a-f]{64}$/);
    expect(await hashSplits({ train: other, validation: set, test: set })).not.toBe(one);
  });
});
