import { expect, it } from 'vitest';
import { weightsOf } from './resample.js';
import { rowResampler, scriptResampler } from './rowResampler.js';

const pixels = Uint8Array.from({ length: 40 * 7 * 3 }, (_, i) => (i * 7919) % 251);

it.each([rowResampler, scriptResampler])('gives the same row by row as of a whole image: %o', (make) => {
  for (const count of [3, 40, 90]) {
    const columns = weightsOf({ pixels: 7, from: 0, to: 7, count: 5 }, 'bicubic');
    const rows = weightsOf({ pixels: 40, from: 0, to: 40, count }, 'bicubic');
    const [whole, parts] = [make(7, 3, columns, rows), make(7, 3, columns, rows)];
    whole.push(pixels);
    for (const [from, to] of [
      [0, 1],
      [1, 18],
      [18, 40],
    ] as const)
      parts.push(pixels.subarray(from * 21, to * 21));
    expect(parts.result).toEqual(whole.result);
  }
});

it('is exact where an image is only copied', () => {
  const [columns, rows] = [7, 40].map((side) =>
    weightsOf({ pixels: side, from: 0, to: side, count: side }, 'bilinear'),
  );
  const copy = rowResampler(7, 3, columns!, rows!);
  copy.push(pixels);
  expect(copy.result).toEqual(pixels);
});
