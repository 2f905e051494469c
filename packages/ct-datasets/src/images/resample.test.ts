import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { resample, weightsOf } from './resample.js';
import { rowResampler } from './rowResampler.js';
import type { ResampleFilter } from './resample.js';

interface Golden {
  readonly cases: readonly {
    readonly shape: [number, number, number];
    readonly size: [number, number];
    readonly filter: ResampleFilter;
    readonly box?: [number, number, number, number];
    readonly sha256: string;
  }[];
}
// Written by Pillow; the file names script and version.
const golden = JSON.parse(
  await readFile(new URL('../../test/golden/resample.json', import.meta.url), 'utf8'),
) as Golden;

/** The bytes that the golden script makes, too. */
const imageOf = (shape: readonly number[]): Uint8Array =>
  Uint8Array.from(
    { length: shape.reduce((product, side) => product * side, 1) },
    (_, i) => Math.floor((i * i * 7919 + i * 104729) / 16) % 256,
  );

describe('resample', () => {
  it('equals Pillow in every bit of 300 images, both filters, boxes of fractions of pixels', () => {
    expect(golden.cases).toHaveLength(300);
    const differing = golden.cases.filter(({ shape, size, filter, box, sha256 }) => {
      const pixels = resample(imageOf(shape), shape, size, { filter, ...(box && { box }) });
      return createHash('sha256').update(pixels).digest('hex') !== sha256;
    });
    expect(differing).toEqual([]);
  });

  it('enlarges an edge by the closed forms, the cubic overshooting within bytes', () => {
    const edge = Uint8Array.of(100, 100, 200, 200);
    // At half a quarter of a pixel from the edge: 1/4 and 3/4; the cubic has weights -3/128 29/128 111/128 -9/128.
    expect([...resample(edge, [1, 4, 1], [1, 8])]).toEqual([100, 100, 100, 125, 175, 200, 200, 200]);
    expect([...resample(edge, [1, 4, 1], [1, 8], { filter: 'bicubic' })].slice(2, 6)).toEqual([93, 120, 180, 207]);
    expect(resample(Uint8Array.of(0, 0, 255, 255), [1, 4, 1], [1, 8], { filter: 'bicubic' }).slice(2, 6)).toEqual(
      Uint8Array.of(0, 52, 203, 255),
    );
  });

  it('leaves an image of the wanted size, and whole pixels cut from one, as they are', () => {
    const pixels = imageOf([5, 6, 3]);
    for (const filter of ['bilinear', 'bicubic'] as const) {
      expect(resample(pixels, [5, 6, 3], [5, 6], { filter })).toEqual(pixels);
      expect(resample(pixels, [5, 6, 3], [1, 2], { filter, box: [1, 2, 3, 3] })).toEqual(
        pixels.slice((2 * 6 + 1) * 3, (2 * 6 + 3) * 3),
      );
    }
  });

  it('gives the same row by row', () => {
    const pixels = imageOf([40, 7, 3]);
    for (const count of [3, 40, 90]) {
      const columns = weightsOf({ pixels: 7, from: 0, to: 7, count: 5 }, 'bicubic');
      const rows = weightsOf({ pixels: 40, from: 0, to: 40, count }, 'bicubic');
      const resampler = rowResampler(7, 3, columns, rows);
      for (const [from, to] of [
        [0, 1],
        [1, 18],
        [18, 40],
      ] as const)
        resampler.push(pixels.subarray(from * 21, to * 21));
      expect(resampler.result).toEqual(resample(pixels, [40, 7, 3], [count, 5], { filter: 'bicubic' }));
    }
  });

  it('refuses what does not fit', () => {
    const pixels = new Uint8Array(4);
    expect(() => resample(pixels, [2, 3, 1], [1, 1])).toThrow('resample: pixels must be 2 x 3 x 1 bytes, got 4');
    for (const size of [
      [0, 1],
      [1.5, 1],
      [NaN, 1],
    ] as const)
      expect(() => resample(pixels, [2, 2, 1], size)).toThrow(RangeError);
    for (const box of [
      [0, 0, 3, 2],
      [1, 0, 1, 2],
      [-1, 0, 1, 1],
      [0, 0, NaN, 1],
    ] as const) {
      expect(() => resample(pixels, [2, 2, 1], [1, 1], { box })).toThrow(
        `resample: box must be [left, upper, right, lower] within 2 x 2 pixels, got [${box.join(', ')}]`,
      );
    }
    expect(() => resample(pixels, [2, 2, 1], [1, 1], { filter: 'lanczos' as 'bicubic' })).toThrow(
      new RangeError(`resample: filter must be 'bilinear' or 'bicubic', got "lanczos"`),
    );
  });
});
