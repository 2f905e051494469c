import { expect, it } from 'vitest';
import { RandomStream } from '../data/randomStream.js';
import type { Picture } from './picture.js';
import { brightness, fog, frost, snow } from './weather.js';

const flat = (value: number, channels = 3): Picture => ({
  height: 32,
  width: 32,
  channels,
  data: new Float64Array(32 * 32 * channels).fill(value),
});
it('frost adds its texture to the darkened picture, blue above red', () => {
  const { data } = frost(flat(0.5), [0.8, 0.3], new RandomStream(1));
  expect(Math.min(...data)).toBeGreaterThanOrEqual(0.4);
  expect(Math.max(...data)).toBeLessThanOrEqual(0.7);
  for (let i = 0; i < data.length; i += 3) expect(data[i + 2]! - data[i]!).toBeGreaterThanOrEqual(0);
  expect(frost(flat(0.5, 1), [1, 0], new RandomStream(1)).data).toEqual(flat(0.5, 1).data);
});

it('fog lightens the dark parts, and nothing rises above what was brightest', () => {
  const picture = flat(0);
  picture.data[0] = 0.8;
  const { data } = fog(picture, [2, 1.7], new RandomStream(2));
  expect(Math.max(...data)).toBeLessThanOrEqual(0.8);
  expect(data.reduce((sum, value) => sum + value, 0) / data.length).toBeGreaterThan(0.1);
  expect(fog(flat(0), [2, 1.7], new RandomStream(2)).data).toEqual(flat(0).data);
});

it('brightness raises the value of grey by its amount, and clips', () => {
  brightness(flat(0.2), [0.3]).data.forEach((value) => expect(value).toBeCloseTo(0.5, 12));
  brightness(flat(0.9), [0.3]).data.forEach((value) => expect(value).toBeCloseTo(1, 12));
});

it('snow falls alike for one seed, and otherwise for another', () => {
  const parameters = [0.2, 0.3, 2, 0.5, 12, 4, 0.7];
  const [one, again, other] = [3, 3, 4].map((seed) => snow(flat(0.4), parameters, new RandomStream(seed)).data);
  expect(again).toEqual(one);
  expect(other).not.toEqual(one);
  expect(Math.max(...one!)).toBeGreaterThan(0.4);
});
