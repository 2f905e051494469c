// A data set stands wherever examples may: what comes of it is what comes of the same images in memory.
import * as tf from '@tensorflow/tfjs';
import type { DataSet } from '@curvature-tuning/data';
import { dataSet } from '@curvature-tuning/data';
import { beforeAll, expect, it } from 'vitest';
import { accuracy } from '../evaluate/accuracy.js';
import { meanCrossEntropy } from '../evaluate/meanCrossEntropy.js';
import { linearProbe } from '../probe/linearProbe.js';
import { steer } from '../steer/steer.js';
import { tune } from '../train/tune.js';
import { examplesFingerprint } from './examplesFingerprint.js';
import { Random } from './random.js';
import { pointNetwork as network } from '../../test/pointNetwork.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const count = 90;
const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
const points = new Random(1).uniform(count * 4, 1).map((x, i) => (i % 4 === labels[i >> 2] ? x + 1 : x));
const inMemory = (): { images: tf.Tensor2D; labels: Int32Array } => ({
  images: tf.tensor2d(points, [count, 4]),
  labels,
});
const lazy = (onRead: (epoch: number) => void = () => undefined): DataSet =>
  dataSet({
    labels,
    classes: ['a', 'b', 'c'],
    read: async (index, epoch) => {
      onRead(epoch);
      return Promise.resolve({ values: points.subarray(4 * index, 4 * index + 4), shape: [4] });
    },
  });

it('tune, linearProbe and steer give the numbers that the same images in memory give', async () => {
  const [model, held, set] = [network(), inMemory(), lazy()];
  const before = tf.memory().numTensors;
  const both = async <T>(run: (train: typeof held | DataSet) => Promise<T>): Promise<void> =>
    expect(await run(set)).toEqual(await run(held));
  await both(async (examples) => {
    const result = await tune(model, examples, examples, { epochs: 3, batchSize: 16 });
    result.dispose();
    return result.history.map(({ loss, validationLoss }) => [loss, validationLoss]);
  });
  await both(async (examples) => {
    const result = await linearProbe(model, examples, examples, { epochs: 2 });
    const weights = result.head.getWeights().map((weight) => [...weight.dataSync()]);
    result.dispose();
    return [result.validationAccuracy, weights];
  });
  await both(async (examples) => {
    const result = await steer(model, examples, examples, { betas: [0.9, 1], epochs: 1 });
    result.dispose();
    return [result.beta, result.validationAccuracy];
  });
  expect(tf.memory().numTensors).toBe(before);
});

it('accuracy and meanCrossEntropy read it once, and leave nothing', async () => {
  let read = 0;
  const [model, held, set] = [network(), inMemory(), lazy(() => read++)];
  const before = tf.memory().numTensors;
  expect(await accuracy(model, set)).toBe(await accuracy(model, held));
  expect(read).toBe(count);
  expect(await meanCrossEntropy(model, set)).toBe(await meanCrossEntropy(model, held));
  expect(tf.memory().numTensors).toBe(before);
});

it('tells its reader the epoch, and takes as many classes as it names', async () => {
  const epochs = new Set<number>();
  const model = network();
  const { labels, classes } = lazy();
  const named = dataSet({
    labels,
    classes: [...classes, 'd'],
    read: (index, epoch) => (epochs.add(epoch), { values: points.subarray(4 * index, 4 * index + 4), shape: [4] }),
  });
  const result = await tune(model, named, inMemory(), { epochs: 3 });
  expect([...epochs]).toEqual([0, 1, 2]);
  expect(result.head.outputShape).toEqual([null, 4]);
  result.dispose();
});

it('has a fingerprint of its contents', async () => {
  const before = tf.memory().numTensors;
  const first = await examplesFingerprint(lazy());
  expect(await examplesFingerprint(lazy())).toBe(first);
  expect(await examplesFingerprint(lazy().take(80))).not.toBe(first);
  const scaled = lazy().map(({ values, shape }) => ({ values: Float32Array.from(values, (x) => x * 2), shape }));
  expect(await examplesFingerprint(scaled)).not.toBe(first);
  expect(tf.memory().numTensors).toBe(before);
});

it('is refused by name, and leaves nothing, where it is empty, does not fit or cannot be read', async () => {
  const [model, held] = [network(), inMemory()];
  const before = tf.memory().numTensors;
  const broken = lazy().map((pixels, { index }) => {
    if (index === 70) throw new Error('image 70 is broken');
    return pixels;
  });
  const narrow = lazy().map(({ values }) => ({ values: values.subarray(1), shape: [3] }));
  const cases: [DataSet, string][] = [
    [lazy().take(0), 'expected at least one image, got none'],
    [narrow, 'the model takes images of shape [batch, 4], got ['],
    [broken, 'image 70 is broken'],
  ];
  for (const [set, message] of cases) {
    await expect(tune(model, set, held, { epochs: 1 })).rejects.toThrow(message);
    await expect(tune(model, held, set, { epochs: 1 })).rejects.toThrow(message);
    await expect(linearProbe(model, set, held)).rejects.toThrow(message);
    await expect(accuracy(model, set)).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  }
});
