import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { accuracy } from './accuracy.js';
import { predictedClasses } from './predictedClasses.js';

const scoresAsInputs = (activation: 'linear' | 'sigmoid', classes: number): tf.LayersModel => {
  const input = tf.input({ shape: [classes] });
  return tf.model({
    inputs: input,
    outputs: tf.layers.activation({ activation }).apply(input) as tf.SymbolicTensor,
  });
};

it('gives the class of every example, in order, whatever the batch size, and leaks nothing', async () => {
  await tf.setBackend('cpu');
  const model = scoresAsInputs('linear', 3);
  const images = tf.tensor2d([
    [1, 2, 3],
    [4, 0, 0],
    [-50, 50, 0],
    [0, 0, 1],
  ]);
  const examples = { images, labels: tf.tensor1d([2, 0, 0, 2], 'int32') };
  const before = tf.memory().numTensors;
  for (const evaluationBatchSize of [1, 3, 100])
    expect(await predictedClasses(model, examples, { evaluationBatchSize })).toEqual({
      predicted: Int32Array.of(2, 0, 1, 2),
      labels: Int32Array.of(2, 0, 0, 2),
      accuracy: 0.75,
    });
  expect(tf.memory().numTensors).toBe(before);
  expect(await accuracy(model, examples)).toBe(0.75);
});

it('reads one probability as that of the second of two classes', async () => {
  await tf.setBackend('cpu');
  const examples = { images: tf.tensor2d([[-1], [2], [0.1]]), labels: tf.tensor1d([0, 1, 1], 'int32') };
  const { predicted } = await predictedClasses(scoresAsInputs('sigmoid', 1), examples);
  expect([...predicted]).toEqual([0, 1, 1]);
});
