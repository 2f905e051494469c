import { describe, expect, it } from 'vitest';
import { npyOf } from '@curvature-tuning/tiny-sets';
import { sourceOf } from '../formats/byteSource.js';
import type { SetFiles } from './layout.js';
import { labelsOf, npyArray, npyImages } from './npyImages.js';

const filesOf = (contents: Record<string, Uint8Array>): SetFiles => ({
  place: 'here',
  paths: Object.keys(contents),
  open: (path) => Promise.resolve(sourceOf(contents[path]!, path)),
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe('npyImages', () => {
  it('reads an image from its place, grey or of three channels', async () => {
    const files = filesOf({
      'a/x.npy': npyOf('u1', [3, 2, 2], numbers(12)),
      'y.npy': npyOf('u1', [2, 1, 1, 3], numbers(6)),
    });
    const grey = await npyImages(files, 'x.npy');
    expect([grey.count, grey.shape]).toEqual([3, [2, 2, 1]]);
    expect(await grey.read(1)).toEqual(Uint8Array.of(4, 5, 6, 7));
    expect(await (await npyImages(files, 'y.npy')).read(1)).toEqual(Uint8Array.of(3, 4, 5));
  });

  it('refuses arrays that hold no images, or are cut short, and files that are missing', async () => {
    const cut = npyOf('u1', [3, 2, 2], numbers(12)).subarray(0, -1);
    const files = filesOf({
      'x.npy': npyOf('u1', [12], numbers(12)),
      'y.npy': npyOf('i8', [1, 1, 1], [1]),
      'z.npy': cut,
    });
    await expect(npyImages(files, 'x.npy')).rejects.toThrow(/an array \[12\] of u1 holds no images/);
    await expect(npyImages(files, 'y.npy')).rejects.toThrow(/of i8 holds no images/);
    await expect(npyImages(files, 'z.npy')).rejects.toThrow(/z\.npy is damaged at byte \d+: its shape \[3, 2, 2\]/);
    await expect(npyImages(files, 'w.npy')).rejects.toThrow(/here is damaged: it must hold one file w\.npy, got 0/);
  });

  it('holds labels against images and classes', async () => {
    const array = await npyArray(filesOf({ 'l.npy': npyOf('i8', [3, 1], [0, 2, 1]) }), 'l.npy');
    expect(labelsOf(array, 3, 3, 'l.npy')).toEqual(Int32Array.of(0, 2, 1));
    expect(() => labelsOf(array, 3, 2, 'l.npy')).toThrow(/label 1 is 2, none of 2 classes/);
    expect(() => labelsOf(array, 4, 3, 'l.npy')).toThrow(/holds 3 labels for 4 images/);
  });
});
