import { describe, expect, it } from 'vitest';
import type { Picture } from './picture.js';
import { clipUnit, filter, gaussianBlur, grey, inside, motionBlur, sample, zoomIn } from './picture.js';

const row = (...values: number[]): Picture => ({
  height: 1,
  width: values.length,
  channels: 1,
  data: Float64Array.from(values),
});

it.each([
  ['nearest', [0, 0, 0, 1, 2, 2, 2]],
  ['reflect', [1, 0, 0, 1, 2, 2, 1]],
  ['mirror', [2, 1, 0, 1, 2, 1, 0]],
] as const)('%s continues abc to both sides', (border, expected) => {
  expect([-2, -1, 0, 1, 2, 3, 4].map((i) => inside(i, 3, border))).toEqual(expected);
});

it('every border repeats the one pixel of a row', () => {
  expect((['nearest', 'reflect', 'mirror'] as const).map((border) => inside(-3, 1, border))).toEqual([0, 0, 0]);
});

it('blurs keep a constant picture, and motion blur trails to one side', () => {
  const flat = { height: 9, width: 9, channels: 1, data: new Float64Array(81).fill(0.25) };
  for (const blurred of [gaussianBlur(flat, 1.3, 'nearest', 4), motionBlur(flat, 6, 2, 30)])
    blurred.data.forEach((value) => expect(value).toBeCloseTo(0.25, 12));
  const dot = { ...flat, data: new Float64Array(81) };
  dot.data[4 * 9 + 6] = 1;
  const { data } = motionBlur(dot, 3, 1, 0);
  const weights = Array.from({ length: 7 }, (_, i) => Math.exp(-i * i * 0.5));
  const total = weights.reduce((a, b) => a + b, 0);
  for (let x = 0; x < 9; x++) expect(data[4 * 9 + x]).toBeCloseTo(x <= 6 ? weights[6 - x]! / total : 0, 12);
});

it('a Gaussian blur of sigma 0 changes nothing', () => {
  const picture = row(0, 1, 0);
  expect(gaussianBlur(picture, 0, 'nearest', 4)).toBe(picture);
});

it('a filter correlates, it does not convolve', () => {
  const kernel = { weights: Float64Array.from([1, 0, 0]), rows: 1, columns: 3 };
  expect([...filter(row(1, 2, 3), kernel, 'nearest').data]).toEqual([1, 1, 2]);
});

describe('sample', () => {
  it('interpolates between pixels', () => {
    const picture = { height: 2, width: 2, channels: 1, data: Float64Array.from([0, 1, 2, 3]) };
    expect(sample(picture, { y: 0.5, x: 0.25 }, 0, 'nearest')).toBeCloseTo(1.25, 12);
  });

  it('is the pixel itself on it', () => {
    expect(sample(row(4, 5, 6), { y: 0, x: 2 }, 0, 'nearest')).toBe(6);
  });
});

it('zooms into the middle, and by 1 not at all', () => {
  const picture = { height: 4, width: 4, channels: 1, data: Float64Array.from({ length: 16 }, (_, i) => i) };
  expect([...zoomIn(picture, 1).data]).toEqual([...picture.data]);
  // The middle 2 × 2 is 5, 6, 9, 10; its corners become the picture's.
  const { data } = zoomIn(picture, 2);
  expect([data[0], data[3], data[12], data[15]]).toEqual([5, 6, 9, 10]);
});

it('greys by ITU-R BT.601', () => {
  const colours = { height: 1, width: 3, channels: 3, data: Float64Array.from([1, 0, 0, 0, 1, 0, 0, 0, 1]) };
  expect([...grey(colours).data]).toEqual([0.299, 0.587, 0.114]);
  expect([...grey(row(0.25, 0.5)).data]).toEqual([0.25, 0.5]);
});

it('holds values within [0, 1]', () => {
  expect([-1, 0.5, 2].map(clipUnit)).toEqual([0, 0.5, 1]);
});
