import '@tensorflow/tfjs-backend-cpu';
import type { Examples, LabelledImages } from '@curvature-tuning/data';
import { dataSet } from '@curvature-tuning/data';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkExamples, cleanScore, disposeBatch, firstImages, readExamples } from './testImages.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const COUNT = 70;
/** Image i is of the value i/100, its label i mod 3. */
const pixels = Float32Array.from({ length: COUNT * 4 }, (_, i) => Math.floor(i / 4) / 100);
const numbers = Array.from({ length: COUNT }, (_, i) => i % 3);
const held = (labels: LabelledImages['labels'] = numbers): LabelledImages => ({
  images: tf.tensor4d(pixels, [COUNT, 2, 2, 1]),
  labels,
});
const lazy = dataSet({
  labels: numbers,
  classes: ['a', 'b', 'c'],
  read: (i) => ({ values: pixels.subarray(4 * i, 4 * i + 4), shape: [2, 2, 1] }),
});

async function valuesOf(examples: Examples, n?: number): Promise<{ first: number[]; labels: number[] }> {
  const before = tf.memory().numTensors;
  const found = await firstImages('test', examples, n);
  const { images, labels } = found;
  const all = await images.data();
  const first = Array.from({ length: images.shape[0] }, (_, i) => Math.round(100 * all[4 * i]!));
  const numbersOf = labels instanceof tf.Tensor ? [...labels.dataSync()] : Array.from(labels as ArrayLike<number>);
  found.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return { first, labels: numbersOf };
}

describe('firstImages', () => {
  it('takes the first of every form alike, and leaves what it was given', async () => {
    const forms = [held(), held(tf.tensor1d(numbers, 'int32')), lazy, lazy.batches(9)];
    for (const n of [1, 9, 65, undefined]) {
      for (const examples of forms) {
        const { first, labels } = await valuesOf(examples, n);
        expect(first).toEqual(Array.from({ length: n ?? COUNT }, (_, i) => i));
        expect(labels).toEqual(numbers.slice(0, n));
      }
    }
    const [big] = await Promise.all([valuesOf(held(BigInt64Array.from(numbers, BigInt)), 2)]);
    expect(big.labels).toEqual([0n, 1n]);
  });

  it('refuses more than there are, labels of another number, and no image at all', async () => {
    for (const examples of [held(), lazy, lazy.batches(9)])
      await expect(firstImages('test', examples, COUNT + 1)).rejects.toThrow(
        'test: n must be a whole number in [1, 70], the number of images, got 71',
      );
    expect(() => checkExamples('test', held([1, 2]))).toThrow('expected one label for each of 70 images, got 2');
    await expect(readExamples('test', lazy.take(0))).rejects.toThrow('examples must hold at least one image, got none');
  });
});

describe('cleanScore', () => {
  /** Says the class of the first pixel, in hundredths, mod 3. */
  const right = (x: tf.Tensor): tf.Tensor =>
    tf.tidy(() => {
      const index = tf.round(tf.mul(tf.slice(tf.reshape(x, [-1, 4]), [0, 0], [-1, 1]), 100));
      return tf.oneHot(tf.cast(tf.reshape(tf.mod(index, 3), [-1]), 'int32'), 3).asType('float32');
    });

  it('counts who is right, tells of each batch, and names the data', async () => {
    const heard: number[] = [];
    const images = held();
    const {
      right: count,
      count: all,
      dataHash,
    } = await cleanScore('test', right, images, {
      onImages: (one) => heard.push(one),
    });
    expect([count, all, heard]).toEqual([COUNT, COUNT, [COUNT]]);
    const others = held(numbers.map((label, i) => (i < 10 ? (label + 1) % 3 : label)));
    const worse = await cleanScore('test', right, others);
    expect(worse.right).toBe(COUNT - 10);
    expect(worse.dataHash).not.toBe(dataHash);
  });

  it('refuses labels that are no classes, and stops by its signal', async () => {
    await expect(cleanScore('test', right, held(numbers.map(() => 3)))).rejects.toThrow(RangeError);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(cleanScore('test', right, held(), { signal })).rejects.toThrow('enough');
  });
});

it('disposeBatch frees what is a tensor, whatever else is wrong', () => {
  const before = tf.memory().numTensors;
  const images = tf.zeros([1]);
  disposeBatch({ images, labels: 7 });
  disposeBatch({ images });
  for (const other of [null, undefined, 7, {}]) disposeBatch(other);
  expect(tf.memory().numTensors).toBe(before);
});
