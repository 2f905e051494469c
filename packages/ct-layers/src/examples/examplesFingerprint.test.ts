import '@tensorflow/tfjs-backend-cpu';
import { dataSet } from '@curvature-tuning/data';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { examplesFingerprint } from './examplesFingerprint.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const images = (first = 1): tf.Tensor2D => tf.tensor2d([first, 2, 3, 4], [2, 2]);

it('is another for other pixels, labels, shapes and orders, and the same for the same', async () => {
  const variants = [
    { images: images(), labels: [0, 1] },
    { images: images(), labels: [1, 0] },
    { images: images(9), labels: [0, 1] },
    { images: tf.reshape(images(), [2, 2, 1]), labels: [0, 1] },
    { images: tf.reverse(images(), 0), labels: [0, 1] },
  ];
  const hashes = await Promise.all(variants.map((variant) => examplesFingerprint(variant)));
  expect(new Set(hashes).size).toBe(variants.length);
  expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
  expect(await examplesFingerprint({ images: images(), labels: [0, 1] })).toBe(hashes[0]);
});

it('reads a data set once, and nothing of a stream', async () => {
  let read = 0;
  const set = (label = 1): ReturnType<typeof dataSet> =>
    dataSet({
      labels: [0, label],
      classes: ['a', 'b', 'c'],
      read: (i) => (read++, { values: Float32Array.of(i, 2), shape: [2] }),
    });
  const before = tf.memory().numTensors;
  const hash = await examplesFingerprint(set());
  expect(read).toBe(2);
  expect(tf.memory().numTensors).toBe(before);
  expect(await examplesFingerprint(set(2))).not.toBe(hash);
  const stream = { [Symbol.asyncIterator]: () => expect.unreachable() as AsyncIterator<never> };
  expect(await examplesFingerprint(stream)).toBeNull();
  expect(await examplesFingerprint({ iterator: () => expect.unreachable() as Promise<never> })).toBeNull();
});

it('refuses labels of another number, and pixels that are no numbers', async () => {
  await expect(examplesFingerprint({ images: images(), labels: [0] })).rejects.toThrow(
    'expected one label for each of 2 images, got 1',
  );
  await expect(examplesFingerprint({ images: images(NaN), labels: [0, 1] })).rejects.toThrow(RangeError);
});
