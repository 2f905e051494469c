import { randomNumbers } from '@curvature-tuning/checks/testing';
import { describe, expect, it } from 'vitest';
import { weightsOf } from './resample.js';
import { scriptResampler } from './rowResampler.js';
import { wasmResampler } from './wasmResampler.js';

const random = randomNumbers(11);
const upTo = (most: number): number => 1 + Math.floor(random() * most);
const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(random() * 256));
const axis = (pixels: number, count: number) => ({ pixels, from: 0, to: pixels, count });

describe('wasmResampler', () => {
  it('equals the one in JavaScript to the bit: 60 shapes, both filters, one to four channels, in pieces', () => {
    for (let round = 0; round < 60; round++) {
      const [height, width, channels] = [upTo(90), upTo(90), 1 + (round % 4)];
      const filter = round % 2 === 0 ? 'bilinear' : 'bicubic';
      const columns = weightsOf(axis(width, upTo(60)), filter);
      const rows = weightsOf(axis(height, upTo(60)), filter);
      const pixels = noise(height * width * channels);
      const expected = scriptResampler(width, channels, columns, rows);
      expected.push(pixels);
      const found = wasmResampler(width, channels, columns, rows)!;
      const half = Math.floor(height / 2) * width * channels;
      found.push(pixels.subarray(0, half));
      // Another image in between.
      wasmResampler(9, 3, weightsOf(axis(9, 20), filter), weightsOf(axis(9, 20), filter))!.push(noise(9 * 9 * 3));
      found.push(pixels.subarray(half));
      expect(found.result, `${height} x ${width} x ${channels}`).toEqual(expected.result);
    }
  });

  it('takes rows that are longer than a piece, and more of them than a piece holds', () => {
    for (const [height, width] of [
      [3, 400_000],
      [400_000, 3],
    ] as const) {
      const columns = weightsOf(axis(width, 5), 'bilinear');
      const rows = weightsOf(axis(height, 4), 'bilinear');
      const pixels = noise(height * width);
      const [found, expected] = [wasmResampler, scriptResampler].map((make) => make(width, 1, columns, rows)!);
      found!.push(pixels);
      expected!.push(pixels);
      expect(found!.result).toEqual(expected!.result);
    }
  });
});
