import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerCtuKernels } from '../kernels/kernel.js';
import { conformanceCases } from './conformanceCases.js';
import { measureConformance, measureGrid } from './measureConformance.js';

const named = (name: string): ReturnType<typeof conformanceCases>[number] =>
  conformanceCases().find((testCase) => testCase.name === name)!;
const grid = { x: [0, 1], cases: [{ beta: 1, c: 1, y: [0, 1], dx: [0.5, 1], dbeta: [0, 0], dc: [0, 0] }] };

describe('kernels that give 0.25 everywhere', () => {
  beforeAll(async () => {
    tf.registerBackend('wrong', tf.findBackendFactory('cpu'));
    tf.copyRegisteredKernels('cpu', 'wrong');
    const quarter = ({ shape }: tf.TensorInfo): tf.TensorInfo => tf.fill(shape, 0.25);
    registerCtuKernels('wrong', {
      ctu: ({ inputs }) => quarter(inputs['x']!),
      ctuGrad: ({ inputs }) => ['x', 'beta', 'coeff'].map((name) => quarter(inputs[name]!)),
    });
    await tf.setBackend('wrong');
  });
  afterAll(async () => {
    await tf.setBackend('cpu');
    tf.removeBackend('wrong');
  });

  it('are measured by their distance, absolute up to 1 and relative beyond', async () => {
    const errors = await measureGrid(grid);
    expect(errors).toMatchObject([
      { quantity: 'y', error: 0.75, at: 'x=1, beta=1, c=1' },
      { quantity: 'dx', error: 0.75 },
      { quantity: 'dbeta', error: 0.25 },
      { quantity: 'dcoeff', error: 0.25 },
    ]);
    const [large] = await measureGrid({ x: [8], cases: [{ ...grid.cases[0]!, y: [8], dx: [1], dbeta: [0], dc: [0] }] });
    expect(large!.error).toBe(7.75 / 8);
  });

  it('are infinitely far where they should give NaN or an infinity', async () => {
    for (const name of ['NaN stays NaN and its neighbours stay what they are', 'extremes at beta = 0, coeff = 0'])
      expect((await measureConformance(named(name)))[0]).toEqual({ quantity: 'y', error: Infinity });
  });
});

it('leaves no tensor', async () => {
  await tf.setBackend('cpu');
  const before = tf.memory().numTensors;
  await measureConformance(named('many rows'));
  await measureGrid({ x: [0], cases: [{ beta: 0.5, c: 0.5, y: [0], dx: [0], dbeta: [0], dc: [0] }] });
  expect(tf.memory().numTensors).toBe(before);
});
