import { expect, it } from 'vitest';
import { contrast, pixelate } from './digital.js';
import type { Picture } from './picture.js';

const picture = (height: number, width: number, data: number[], channels = 1): Picture => ({
  height,
  width,
  channels,
  data: Float64Array.from(data),
});

it('contrast draws each channel towards its own mean', () => {
  const { data } = contrast(picture(1, 2, [0, 1, 0.5, 0.5], 2), [0.5]);
  [0.125, 0.875, 0.375, 0.625].forEach((value, i) => expect(data[i]).toBeCloseTo(value, 12));
});

it('contrast 1 changes nothing, 0 leaves the mean', () => {
  const given = picture(1, 2, [0.2, 0.6]);
  [0.2, 0.6].forEach((value, i) => expect(contrast(given, [1]).data[i]).toBeCloseTo(value, 12));
  contrast(given, [0]).data.forEach((value) => expect(value).toBeCloseTo(0.4, 12));
});

it('pixelate averages boxes, and spreads each over the pixels that it was made of', () => {
  const bytes = [0, 20, 100, 120, 40, 60, 140, 160];
  const { data } = pixelate(
    picture(
      2,
      4,
      bytes.map((byte) => byte / 255),
    ),
    [0.5],
  );
  const expected = [30, 30, 130, 130, 30, 30, 130, 130];
  expected.forEach((byte, i) => expect(255 * data[i]!).toBeCloseTo(byte, 9));
});
