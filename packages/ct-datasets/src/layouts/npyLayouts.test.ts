import { describe, expect, it } from 'vitest';
import { npyOf } from '@curvature-tuning/tiny-sets';
import { ARCHIVE_CATALOG } from '../catalog/archives/archiveCatalog.js';
import { sourceOf } from '../formats/byteSource.js';
import type { SetFiles, StoredPixels } from './layout.js';
import { corruptedArrays, dsprites } from './npyLayouts.js';

const filesOf = (contents: Record<string, Uint8Array>): SetFiles => ({
  place: 'here',
  paths: Object.keys(contents),
  open: (path) => Promise.resolve(sourceOf(contents[path]!, path)),
});

describe('corruptedArrays', () => {
  const files = filesOf({
    'fog.npy': npyOf(
      'u1',
      [10, 1, 1, 3],
      Array.from({ length: 30 }, (_, i) => i),
    ),
    'labels.npy': npyOf('u1', [10], [0, 1, 0, 1, 0, 1, 0, 1, 9, 3]),
  });
  const entry = ARCHIVE_CATALOG['cifar10-c'];

  it.each([
    [1, [0, 1], 0],
    [5, [9, 3], 24],
  ])('takes severity %i of five', async (severity, labels, first) => {
    const { splits } = await corruptedArrays(files, entry, { variant: 'fog', severity });
    const test = splits.test as StoredPixels;
    expect(Array.from(test.labels)).toEqual(labels);
    expect((await test.read(0))[0]).toBe(first);
  });
});

describe('dsprites', () => {
  it('has white where there are ones, and the shape as the class', async () => {
    const files = filesOf({
      'imgs.npy': npyOf('u1', [2, 1, 2], [0, 1, 1, 0]),
      'latents_classes.npy': npyOf('i8', [2, 6], [0, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]),
    });
    const train = (await dsprites(files, ARCHIVE_CATALOG.dsprites, {})).splits.train as StoredPixels;
    expect(Array.from(train.labels)).toEqual([2, 1]);
    expect(await train.read(0)).toEqual(Uint8Array.of(0, 255));
  });
});
