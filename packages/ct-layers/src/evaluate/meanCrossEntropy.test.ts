import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { meanCrossEntropy } from './meanCrossEntropy.js';

it('is the mean of ln Σ exp(z) − z_label to 1e-6, whatever the batch size, and leaks nothing', async () => {
  await tf.setBackend('cpu');
  // The logits are the inputs.
  const input = tf.input({ shape: [3] });
  const model = tf.model({
    inputs: input,
    outputs: tf.layers.activation({ activation: 'linear' }).apply(input) as tf.SymbolicTensor,
  });
  const logits = [
    [1, 2, 3],
    [0, 0, 0],
    [-50, 50, 0],
    [2, 1, 0.5],
  ];
  const labels = [2, 1, 0, 0];
  const exact =
    logits.reduce((sum, z, i) => sum + Math.log(z.reduce((total, v) => total + Math.exp(v), 0)) - z[labels[i]!]!, 0) /
    4;
  const examples = { images: tf.tensor2d(logits), labels: tf.tensor1d(labels, 'int32') };
  const before = tf.memory().numTensors;
  for (const evaluationBatchSize of [1, 3, 100])
    expect(Math.abs((await meanCrossEntropy(model, examples, { evaluationBatchSize })) / exact - 1)).toBeLessThan(1e-6);
  expect(tf.memory().numTensors).toBe(before);
});
