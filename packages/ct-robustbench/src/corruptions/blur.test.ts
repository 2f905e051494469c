import { expect, it } from 'vitest';
import { RandomStream } from '../data/randomStream.js';
import { cameraMotion, defocusBlur, disk, elasticTransform, glassBlur, zoomBlur } from './blur.js';
import type { Picture } from './picture.js';

const flat: Picture = { height: 20, width: 20, channels: 3, data: new Float64Array(1200).fill(0.4) };
const dot: Picture = { ...flat, channels: 1, data: new Float64Array(400) };
dot.data[10 * 20 + 10] = 1;
const total = (data: Float64Array): number => data.reduce((sum, value) => sum + value, 0);

it.each([
  ['defocus', (picture: Picture) => defocusBlur(picture, [3, 0.1])],
  ['motion', (picture: Picture) => cameraMotion(picture, [6, 1], new RandomStream(1))],
  ['zoom', (picture: Picture) => zoomBlur(picture, [1.06, 0.01])],
  ['elastic', (picture: Picture) => elasticTransform(picture, [2, 0.7, 0.1], new RandomStream(1))],
])('a %s blur keeps what is constant', (_, blur) => {
  blur(flat).data.forEach((value) => expect(value).toBeCloseTo(0.4, 9));
});

it('a disk is of sum 1, symmetric, and larger where its radius is', () => {
  for (const radius of [1, 3, 10]) {
    const weights = disk(radius, 0.5);
    // Beyond radius 8 the disk touches its grid's border, where smoothing mirrors it.
    if (radius <= 8) expect(total(weights)).toBeCloseTo(1, 9);
    expect([...weights].reverse()).toEqual([...weights].map((value) => expect.closeTo(value, 9) as number));
  }
  const covered = (radius: number): number => disk(radius, 0.1).filter((value) => value > 1e-4).length;
  expect(covered(3)).toBeGreaterThan(covered(1));
});

it('defocus spreads a dot over a disk around it, and loses nothing', () => {
  const { data } = defocusBlur(dot, [2, 0.1]);
  expect(total(data)).toBeCloseTo(1, 9);
  expect(data[10 * 20 + 12]).toBeGreaterThan(0.01);
  expect(data[10 * 20 + 15]).toBeCloseTo(0, 6);
});

it('frosted glass moves pixels by its reach at most, alike for one seed', () => {
  const [one, again, other] = [1, 1, 2].map((seed) => glassBlur(dot, [0.1, 2, 1], new RandomStream(seed)).data);
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
  for (const value of one!) expect(value).toBeLessThanOrEqual(1);
});
