import * as tf from '@tensorflow/tfjs';
import { dataSet } from '@curvature-tuning/data';
import { expect, it } from 'vitest';
import type { TrainingExamples } from '../examples/trainingData.js';
import { trainingData } from '../examples/trainingData.js';
import { calibrationImages } from './calibrationImages.js';

const model = tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [1] })] });
const input = { shape: [null, 1], dtypes: ['float32' as const] };

/** The images of one pass, in order, and how many tensors are left of it all. */
async function passes(train: TrainingExamples): Promise<{ first: number[]; second: number[]; left: number }> {
  const before = tf.memory().numTensors;
  const data = await trainingData('train', train, input, { batchSize: 4, seed: 1, classes: 2 });
  const images = await calibrationImages(model, train, data, 3);
  const read = async (): Promise<number[]> => {
    const seen: number[] = [];
    for await (const batch of images.batches()) {
      seen.push(...batch[0]!.dataSync());
      batch.forEach((t) => t.dispose());
    }
    return seen;
  };
  const [first, second] = [await read(), await read()];
  images.dispose();
  return { first, second, left: tf.memory().numTensors - before };
}

const values = Array.from({ length: 10 }, (_, i) => i);
const inMemory = { images: tf.tensor2d(values.map((value) => [value])), labels: values.map((value) => value % 2) };

it.each<[string, TrainingExamples]>([
  ['memory', inMemory],
  [
    'a data set',
    dataSet({
      labels: inMemory.labels,
      classes: ['even', 'odd'],
      read: (i) => ({ values: Float32Array.of(i), shape: [1] }),
    }),
  ],
  [
    'a stream',
    {
      async *[Symbol.asyncIterator]() {
        for (const start of [0, 5])
          yield await Promise.resolve({
            images: tf.slice(inMemory.images, start, 5),
            labels: tf.tensor1d(inMemory.labels.slice(start, start + 5), 'int32'),
          });
      },
    },
  ],
])('of %s every pass has the same images in the same drawn order, and nothing is left behind', async (_, train) => {
  const { first, second, left } = await passes(train);
  expect(first).toEqual(second);
  expect([...first].sort((a, b) => a - b)).toEqual(values);
  expect(first).not.toEqual(values);
  expect(left).toBe(0);
});
