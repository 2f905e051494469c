import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import type { KernelLayer } from './stockLayer.js';
import { addZeros, assign, Conv2D, Dense, DepthwiseConv2D } from './stockLayer.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

it('has the classes of tfjs, and leaves the numbers of the names of layers alone', () => {
  expect([Dense, Conv2D, DepthwiseConv2D].map(({ className }) => className)).toEqual([
    'Dense',
    'Conv2D',
    'DepthwiseConv2D',
  ]);
  expect(tf.layers.dense({ units: 1 })).toBeInstanceOf(Dense);
  expect(tf.layers.dense({ units: 1 }).name).toMatch(/^dense_Dense\d+$/);
});

/** A Dense of one input and two outputs, built. */
function dense(more: object = {}): KernelLayer {
  const layer = tf.layers.dense({ units: 2, inputShape: [1], ...more });
  tf.sequential({ layers: [layer] });
  return layer as tf.layers.Layer as KernelLayer;
}

it('addZeros adds a trainable weight, and assign sets any to just this value, whatever its constraint', () => {
  const layer = dense({ kernelConstraint: 'nonNeg' });
  const added = addZeros(layer, 'lora_a', [1, 3]);
  expect([...added.read().dataSync()]).toEqual([0, 0, 0]);
  expect(layer.trainableWeights).toContain(added);
  tf.tidy(() => assign(layer.kernel, tf.tensor2d([[-1, 2]])));
  expect([...layer.kernel.read().dataSync()]).toEqual([-1, 2]);
});
