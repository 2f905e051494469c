import { phi } from '@curvature-tuning/activation/math';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { bakedUnit } from './bakedUnit.js';
import { GraphConstants } from '../rewrite/graphConstants.js';

const kinds = (beta: number[], coeff: number[]): (string | undefined)[] => {
  const names = new Set(['x']);
  const values = { beta, coeff, alpha: [0], maxValue: null };
  return bakedUnit('unit', 'x', values, { constants: new GraphConstants(names), names }).map(({ op }) => op);
};

it('is a ReLU where all of beta is 1, whatever c is: no constant 1/s = 1e6 that float16 has not', () => {
  expect(kinds([1], [0.5])).toEqual(['Relu']);
  expect(kinds([1, 1], [0, 1])).toEqual(['Relu']);
  expect(kinds([1, 0.9], [0.5])).toContain('Sigmoid');
});

it.each([6, 2.5])(
  'clips at %f as float64 does to 2e-6, up to inputs of 1e9, per channel and at beta = 1',
  async (m) => {
    const [beta, coeff] = [
      [0.3, 0.9, 1, 0.5],
      [0, 0.5, 0.5, 1],
    ];
    const xs = [-1e9, -40, -6, -0.5, 0, 0.7, 2.5, 5.9, 6, 9, 60, 1e4, 1e9];
    const names = new Set(['x', 'y']);
    const constants = new GraphConstants(names);
    const nodes = bakedUnit('y', 'x', { beta, coeff, alpha: [0], maxValue: m }, { constants, names });
    const input = { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' } } };
    await tf.setBackend('cpu');
    const model = await tf.loadGraphModel(
      tf.io.fromMemory({
        modelTopology: { node: [input, ...constants.nodes, ...nodes], versions: {} },
        weightSpecs: constants.specs,
        weightData: constants.data,
      }),
    );
    const x = tf.tidy(() => tf.tile(tf.tensor2d(xs, [xs.length, 1]), [1, 4]));
    const got = tf.tidy(() => (model.predict(x) as tf.Tensor).dataSync());
    xs.forEach((value, row) =>
      beta.forEach((b, k) => {
        const c = coeff[k]!;
        const even = (z: number): number => phi(z, b, c) - Math.max(z, 0);
        const exact = Math.min(Math.max(value, 0), m) + even(value) - even(value - m);
        expect(Math.abs(got[4 * row + k]! - exact)).toBeLessThan(2e-6);
      }),
    );
    [model, x].forEach((thing) => thing.dispose());
  },
);
