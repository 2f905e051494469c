import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { curvatureLayers } from '../model/curvatureLayers.js';
import { replaceActivations } from '../surgery/replaceActivations.js';
import { unitOf } from '../unit/rawValue.js';
import { defaultBetas, isAtEdge, paperBetas, searchOf, steerableCopy, steeredCoeff, steerUnits } from './search.js';

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
  expect(searchOf('test', {})).toEqual({ betas: defaultBetas, search: 'grid' });
  expect(searchOf('test', { protocol: 'paper' }).betas).toBe(paperBetas);
  expect(searchOf('test', { betas: [0.9, 0.1] }).betas).toEqual([0.9, 0.1]);
  for (const betas of [
    [0.9, 0.1],
    [0.1, 0.1],
  ])
    expect(() => searchOf('test', { betas, search: 'golden' })).toThrow("test: betas must ascend for search: 'golden'");
});

it('steerableCopy has units at what they replace, or those that the model has as they are, and copies either', () => {
  const relu = tf.sequential({ layers: [tf.layers.reLU({ inputShape: [2] })] });
  const raw = (model: tf.LayersModel): number[] => model.getWeights().map((weight) => weight.dataSync()[0]!);
  // Raw values are logits: 128 for 1.
  expect(raw(steerableCopy(relu, { coeff: 0.3 }).steered)).toEqual([128, 0]);
  const silu = tf.sequential({ layers: [tf.layers.activation({ activation: 'swish' as 'relu', inputShape: [2] })] });
  expect(raw(steerableCopy(silu, { kinds: ['silu'] }).steered)).toEqual([0, 128]);
  const { model } = replaceActivations(relu, { beta: 0.7 });
  const copy = steerableCopy(model, {}).steered;
  expect(copy).not.toBe(model);
  curvatureLayers(copy).forEach((one) => one.setBeta(0.2));
  const x = tf.tensor2d([[-1, 1]]);
  expect((model.predict(x) as tf.Tensor).dataSync()).not.toEqual((copy.predict(x) as tf.Tensor).dataSync());
});

it('steerUnits moves every unit from the coefficient of its kind, or gives all what was asked for', () => {
  const network = tf.sequential({
    layers: [
      tf.layers.reLU({ inputShape: [2] }),
      tf.layers.activation({ activation: 'swish' as 'relu' }),
      tf.layers.activation({ activation: 'gelu' as 'relu' }),
    ],
  });
  const { model } = replaceActivations(network, { kinds: ['relu', 'silu', 'gelu'] });
  const units = [...curvatureLayers(model).values()];
  const curvatures = (): number[][] =>
    units.map(({ rawWeights: { beta, coeff } }) => [beta, coeff].map((raw) => unitOf(raw.read().dataSync()[0]!)));
  const close = (expected: number[][]): void =>
    curvatures().forEach((pair, i) => pair.forEach((v, k) => expect(v).toBeCloseTo(expected[i]![k]!, 6)));
  close([
    [1, 0.5],
    [0.5, 1],
    [0.64, 1],
  ]);
  steerUnits(units, { beta: 0.7, coeff: undefined });
  close([
    [0.7, 0.5],
    [0.7, 1],
    [0.7, 1],
  ]);
  expect([steeredCoeff(units, undefined), steeredCoeff(units.slice(1), undefined)]).toEqual([null, 1]);
  steerUnits(units, { coeff: 0.25 });
  close(units.map(() => [0.7, 0.25]));
  expect(steeredCoeff(units, 0.25)).toBe(0.25);
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
