import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { dataSet } from './lazyDataSet.js';

const set = dataSet({
  labels: Array.from({ length: 10 }, (_, i) => i % 2),
  classes: ['dark', 'light'],
  read: (i) => ({ values: new Uint8Array(4).fill((i % 2) * 255), shape: [2, 2, 1] }),
});

it('is a tf.data.Dataset of batches, an epoch an iteration, that fitDataset trains on', async () => {
  await tf.setBackend('cpu');
  const dataset = set.toTfData(tf.data, 4, { shuffle: true });
  const before = tf.memory().numTensors;
  const epochs: number[][] = [];
  for (let epoch = 0; epoch < 2; epoch++) {
    const labels: number[] = [];
    await dataset.forEachAsync((element) => {
      const { xs, ys } = element as { xs: tf.Tensor; ys: tf.Tensor };
      expect(xs.shape).toEqual([ys.shape[0], 2, 2, 1]);
      labels.push(...ys.dataSync());
      tf.dispose([xs, ys]);
    });
    epochs.push(labels);
  }
  expect(epochs.map((labels) => labels.length)).toEqual([10, 10]);
  expect(epochs[0]).not.toEqual(epochs[1]);
  expect(tf.memory().numTensors).toBe(before);
  const kernelInitializer = 'zeros';
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [2, 2, 1] }),
      tf.layers.dense({ units: 2, activation: 'softmax', kernelInitializer }),
    ],
  });
  model.compile({ optimizer: tf.train.adam(0.1), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  const { history } = await model.fitDataset(dataset, { epochs: 8, verbose: 0 });
  expect(history['acc']!.at(-1)).toBe(1);
});
