import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { measureSums } from './measureSums.js';

beforeAll(() => tf.setBackend('cpu'));

it('finds the sums of the cpu backend right to a relative 1e-6, and leaves no tensor', () => {
  const before = tf.memory().numTensors;
  const errors = measureSums(20);
  expect(errors.map(({ quantity }) => quantity)).toEqual(['dbeta', 'dcoeff', 'dbeta', 'dcoeff']);
  for (const { error } of errors) expect(error).toBeLessThan(1e-6);
  expect(tf.memory().numTensors).toBe(before);
});

it('refuses a count that is none', () => {
  expect(() => measureSums(1.5)).toThrow(/measureSums: repeats/);
});
