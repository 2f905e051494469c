import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { replaceActivations } from '../surgery/replaceActivations.js';
import { defaultBetas, isAtEdge, paperBetas, searchOf, steerableCopy } from './search.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

it('has grids that ascend: 0.30, 0.32, ..., 0.98, and 0.70, 0.71, ..., 0.99', () => {
  expect([defaultBetas.length, defaultBetas[0], defaultBetas.at(-1)]).toEqual([35, 0.3, 0.98]);
  expect([paperBetas.length, paperBetas[0], paperBetas.at(-1)]).toEqual([30, 0.7, 0.99]);
  for (const [grid, step] of [
    [defaultBetas, 0.02],
    [paperBetas, 0.01],
  ] as const)
    grid.slice(1).forEach((beta, i) => expect(beta - grid[i]!).toBeCloseTo(step, 12));
});

it('searchOf fills in the defaults of the protocol, and wants ascending betas for golden section', () => {
  expect(searchOf('test', {})).toEqual({ betas: defaultBetas, coeff: 0.5, search: 'grid' });
  expect(searchOf('test', { protocol: 'paper' }).betas).toBe(paperBetas);
  expect(searchOf('test', { betas: [0.9, 0.1] }).betas).toEqual([0.9, 0.1]);
  for (const betas of [
    [0.9, 0.1],
    [0.1, 0.1],
  ])
    expect(() => searchOf('test', { betas, search: 'golden' })).toThrow("test: betas must ascend for search: 'golden'");
});

it('steerableCopy has units at ReLU, or those that the model has as they are, and copies either', () => {
  const relu = tf.sequential({ layers: [tf.layers.reLU({ inputShape: [2] })] });
  const { steered } = steerableCopy(relu, {}, 0.3);
  const weights = steered.getWeights().map((weight) => weight.dataSync()[0]!);
  // Raw values are logits: 128 for 1.
  expect(weights[0]).toBe(128);
  expect(1 / (1 + Math.exp(-weights[1]!))).toBeCloseTo(0.3, 6);
  const { model } = replaceActivations(relu, { beta: 0.7 });
  const copy = steerableCopy(model, {}, 0.3).steered;
  expect(copy).not.toBe(model);
  curvatureLayers(copy).forEach((one) => one.setBeta(0.2));
  const x = tf.tensor2d([[-1, 1]]);
  expect((model.predict(x) as tf.Tensor).dataSync()).not.toEqual((copy.predict(x) as tf.Tensor).dataSync());
});

it.each([
  [0.3, [0.3, 0.5, 0.7], 1, true],
  [0.5, [0.3, 0.5, 0.7], 1, false],
  // Beyond the largest lies the network's own start, which was tried.
  [0.7, [0.3, 0.5, 0.7], 1, false],
  [0.7, [0.3, 0.5, 0.7], 0.9, true],
  [0.7, [0.3, 0.5, 0.7], null, true],
  // Beyond 0 and 1 there is nothing, and of one beta nothing can be told.
  [0, [0, 0.5], 1, false],
  [1, [0.5, 1], null, false],
  [0.5, [0.5], null, false],
])('isAtEdge: %d of %j, own %d: %s', (best, tried, own, expected) => {
  expect(isAtEdge(best, tried, own)).toBe(expected);
});
