import { expect, it } from 'vitest';
import { jpegCompression } from './jpeg.js';
import type { Picture } from './picture.js';

const picture = (channels: number, value: (i: number) => number): Picture => ({
  height: 16,
  width: 16,
  channels,
  data: Float64Array.from({ length: 256 * channels }, (_, i) => value(i)),
});
const error = (a: Picture, b: Picture): number =>
  Math.sqrt(a.data.reduce((sum, value, i) => sum + (value - b.data[i]!) ** 2, 0) / a.data.length);

it('keeps a constant grey to a byte at quality 100', () => {
  const grey = picture(1, () => 100 / 255);
  jpegCompression(grey, [100]).data.forEach((value) => expect(Math.abs(255 * value - 100)).toBeLessThanOrEqual(1));
});

it('loses more at lower quality, in grey and in colour', () => {
  for (const channels of [1, 3]) {
    const wave = picture(channels, (i) => 0.5 + 0.4 * Math.sin(i * 0.7));
    const [low, high] = [10, 95].map((quality) => error(jpegCompression(wave, [quality]), wave));
    expect(low).toBeGreaterThan(high!);
    expect(high).toBeGreaterThan(0);
  }
});

it('gives bytes in [0, 1]', () => {
  const { data } = jpegCompression(
    picture(3, (i) => i % 2),
    [5],
  );
  for (const value of data) {
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThanOrEqual(1);
    expect(Math.abs(255 * value - Math.round(255 * value))).toBeLessThan(1e-9);
  }
});

it('refuses pictures of two channels', () => {
  expect(() =>
    jpegCompression(
      picture(2, () => 0),
      [50],
    ),
  ).toThrow('images must have 1 or 3 channels, got 2');
});
