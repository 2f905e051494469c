import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { resizeToCover } from './resizeToCover.js';

interface Golden {
  readonly provenance: string;
  readonly cases: readonly {
    readonly shape: [number, number, number];
    readonly size: [number, number];
    readonly pixels: number[];
  }[];
}
// Written by torchvision on Pillow images; the file names script and versions.
const golden = JSON.parse(await readFile(new URL('../../test/golden/resize.json', import.meta.url), 'utf8')) as Golden;

/** The bytes that the golden script makes, too. */
const imageOf = (shape: readonly number[]): Uint8Array =>
  Uint8Array.from(
    { length: shape.reduce((product, side) => product * side, 1) },
    (_, i) => Math.floor((i * i * 7919 + i * 104729) / 16) % 256,
  );

describe('resizeToCover', () => {
  it.each(golden.cases)('of $shape to $size equals torchvision exactly', ({ shape, size, pixels }) => {
    expect([...resizeToCover(imageOf(shape), shape, size)]).toEqual(pixels);
  });

  it('halves a ramp with weights 1/8 3/8 3/8 1/8, renormalised at the edge', () => {
    // (3 * 0 + 3 * 80 + 160) / 7 and its mirror image, rounded.
    expect([...resizeToCover(Uint8Array.of(0, 80, 160, 240, 0, 80, 160, 240), [2, 4, 1], [1, 2])]).toEqual([57, 183]);
  });

  it('leaves a plain image plain, 255 included', () => {
    for (const value of [0, 1, 254, 255]) {
      expect([...new Set(resizeToCover(new Uint8Array(31 * 17).fill(value), [31, 17, 1], [9, 13]))]).toEqual([value]);
    }
  });

  it('does not change its input', () => {
    const pixels = imageOf([5, 5, 1]);
    resizeToCover(pixels, [5, 5, 1], [2, 2])[0] = 7;
    expect(pixels).toEqual(imageOf([5, 5, 1]));
  });

  it('refuses sizes that do not fit', () => {
    expect(() => resizeToCover(new Uint8Array(5), [2, 2, 1], [1, 1])).toThrow(
      'resizeToCover: pixels must be 2 x 2 x 1 bytes, got 5',
    );
    expect(() => resizeToCover(new Uint8Array(4), [2, 2, 1], [0, 1])).toThrow(RangeError);
  });
});
