import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { isRecording } from './recording.js';

beforeAll(() => tf.setBackend('cpu'));

it('is so while a function runs of which the gradient is taken, and not before or after', () => {
  const seen: boolean[] = [isRecording()];
  const gradient = tf.grad((x) => {
    seen.push(isRecording());
    return tf.square(x);
  });
  gradient(tf.scalar(3)).dispose();
  seen.push(isRecording());
  expect(seen).toEqual([false, true, false]);
});
