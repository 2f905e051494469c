import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { HeldTensors } from './heldTensors.js';

beforeAll(() => tf.setBackend('cpu'));

it('passes to the tape what nothing else holds, and gives everything back in its order', () => {
  const [loose, variable, kept, other] = [tf.scalar(1), tf.variable(tf.scalar(2)), tf.keep(tf.scalar(3)), tf.scalar(4)];
  const held = new HeldTensors([loose, variable, kept, other]);
  expect(held.passing).toEqual([loose, other]);
  const copies = [tf.scalar(10), tf.scalar(40)];
  expect(held.restore(copies)).toEqual([copies[0], variable, kept, copies[1]]);
});
