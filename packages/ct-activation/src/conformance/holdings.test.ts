import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { registerCtuKernels } from '../kernels/kernel.js';
import { holdings } from './holdings.js';

it('counts what kernels leave behind, and what it is told to count beside', async () => {
  tf.registerBackend('leaking', tf.findBackendFactory('cpu'));
  tf.copyRegisteredKernels('cpu', 'leaking');
  const copy = ({ shape }: tf.TensorInfo): tf.TensorInfo => tf.zeros(shape);
  registerCtuKernels('leaking', {
    ctu: ({ inputs }) => {
      tf.keep(tf.zeros([1]));
      return copy(inputs['x']!);
    },
    ctuGrad: ({ inputs }) => ['x', 'beta', 'coeff'].map((name) => copy(inputs[name]!)),
  });
  await tf.setBackend('leaking');
  let calls = 0;
  const { before, after } = holdings(10, () => calls++);
  // The op runs three times a round: by itself, and in front of each gradient.
  expect(after.numTensors - before.numTensors).toBeGreaterThanOrEqual(30);
  expect([before.more, after.more]).toEqual([0, 1]);
  await tf.setBackend('cpu');
  tf.removeBackend('leaking');
  const clean = holdings(10);
  expect(clean.after).toEqual(clean.before);
});
