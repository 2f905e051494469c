import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import type { Finishing } from './finish.js';
import { activated, finish } from './finish.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** A Dense of one input and two outputs, built, whose bias is a half. */
function dense(more: object): Finishing {
  const layer = tf.layers.dense({
    units: 2,
    inputShape: [1],
    biasInitializer: tf.initializers.constant({ value: 0.5 }),
    ...more,
  });
  tf.sequential({ layers: [layer] });
  return layer as tf.layers.Layer as tf.layers.Layer & Finishing;
}

it('finish adds the bias and applies the activation, each where there is one', () => {
  const y = tf.tensor2d([[-1, 1]]);
  const of = (more: object): number[] => tf.tidy(() => [...finish(dense(more), y).dataSync()]);
  expect(of({})).toEqual([-0.5, 1.5]);
  expect(of({ activation: 'relu' })).toEqual([0, 1.5]);
  expect(of({ activation: 'linear', useBias: false })).toEqual([-1, 1]);
  expect(of({ activation: 'relu6', useBias: false })).toEqual([0, 1]);
});

it('activated applies the activation and leaves the bias', () => {
  expect([...activated(dense({ activation: 'relu' }), tf.tensor2d([[-1, 1]])).dataSync()]).toEqual([0, 1]);
});
