import type { Rank, Tensor } from '@tensorflow/tfjs-core';
import { grad, memory, ones, reshape, setBackend, sum, tidy } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, expect, it } from 'vitest';
import { StochasticDepth, stochasticDepth } from './stochasticDepth.js';

beforeAll(() => setBackend('cpu'));

const drawn = (layer: StochasticDepth, batch = 8): number[] =>
  tidy(() => [...(layer.apply(ones([batch, 1]), { training: true }) as Tensor).dataSync()]);

it('gives its input in inference', () => {
  const x = ones([3, 2, 2, 1]);
  const layer = stochasticDepth({ rate: 0.9, seed: 1 });
  expect((layer.apply(x) as Tensor).dataSync()).toEqual(x.dataSync());
  expect((layer.apply(x, { training: false }) as Tensor).dataSync()).toEqual(x.dataSync());
});

it('leaves whole examples out in training, and keeps the mean', () => {
  const layer = stochasticDepth({ rate: 0.25, seed: 3 });
  const rows = tidy(() =>
    reshape<Rank.R2>(layer.apply(ones([4000, 2, 2, 1]), { training: true }) as Tensor, [4000, 4]).arraySync(),
  );
  for (const row of rows) expect(new Set(row).size).toBe(1);
  expect(new Set(rows.flat())).toEqual(new Set([0, Math.fround(4 / 3)]));
  // Within four standard errors.
  expect(Math.abs(rows.filter(([first]) => first === 0).length / 4000 - 0.25)).toBeLessThan(0.028);
});

it('draws the same from a seed, something else at every call, and what reseed says', () => {
  const [one, two] = [stochasticDepth({ rate: 0.5, seed: 7 }), stochasticDepth({ rate: 0.5, seed: 7 })];
  const [first, second] = [drawn(one, 64), drawn(one, 64)];
  expect(second).not.toEqual(first);
  expect([drawn(two, 64), drawn(two, 64)]).toEqual([first, second]);
  one.reseed(7);
  expect(drawn(one, 64)).toEqual(first);
  expect(drawn(stochasticDepth({ rate: 0.5, seed: 0 }), 64)).toEqual(
    drawn(stochasticDepth({ rate: 0.5, seed: 0 }), 64),
  );
});

it('has the gradient of what it kept, and frees everything on the way', () => {
  const layer = stochasticDepth({ rate: 0.5, seed: 7 });
  const before = memory().numTensors;
  const values = drawn(layer);
  layer.reseed(7);
  const slopes = tidy(() => [
    ...grad((x: Tensor) => sum(layer.apply(x, { training: true }) as Tensor))(ones([8, 1])).dataSync(),
  ]);
  expect(slopes).toEqual(values);
  expect(memory().numTensors).toBe(before);
});

it('is saved with rate and seed', () => {
  const layer = stochasticDepth({ rate: 0.1, seed: 4, name: 'depth' });
  expect(new StochasticDepth(layer.getConfig() as never).getConfig()).toEqual(layer.getConfig());
});
