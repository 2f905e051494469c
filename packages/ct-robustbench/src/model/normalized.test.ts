import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { normalized } from './normalized.js';

beforeAll(() => tf.setBackend('cpu'));

it('gives the model (x − mean) / std, channel by channel', () => {
  const model = normalized((x) => tf.reshape(x, [1, -1]), { mean: [0.5, 0.25], std: [0.5, 0.25] });
  expect([...model(tf.tensor4d([0, 0.25, 1, 0.5], [1, 1, 2, 2])).dataSync()]).toEqual([-1, 0, 1, 1]);
});

it('takes one number for all channels', () => {
  const model = normalized((x) => x, { mean: [0.5], std: [2] });
  expect([...model(tf.tensor2d([[0.5, 1.5]])).dataSync()]).toEqual([0, 0.5]);
});

it('refuses as many means as there are no channels, and stds of another count', () => {
  const model = normalized((x) => x, { mean: [0, 0], std: [1, 1] });
  expect(() => model(tf.zeros([1, 2, 2, 3]))).toThrow('one number for each of 3 channels, or one for all, got 2');
  expect(() => normalized((x) => x, { mean: [0, 0], std: [1] })).toThrow('equally many numbers, got 2 and 1');
});
