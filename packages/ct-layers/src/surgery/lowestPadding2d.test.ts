import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { phi } from '@curvature-tuning/activation/math';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { replaceActivations } from './replaceActivations.js';

describe.each(['cpu', 'wasm'])('LowestPadding2D on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => {
    tf.engine().endScope();
    tf.disposeVariables();
  });

  it('lets no padded zero win over a negative activation in a max-pool', () => {
    const net = tf.sequential({
      layers: [
        tf.layers.dense({
          units: 1,
          useBias: false,
          activation: 'relu',
          kernelInitializer: 'ones',
          inputShape: [2, 2, 1],
        }),
        tf.layers.zeroPadding2d({ padding: 1, name: 'pad' }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
      ],
    });
    const { model } = replaceActivations(net, { beta: 0.5, coeff: 1 });
    const y = (model.predict(tf.fill([1, 2, 2, 1], -1)) as tf.Tensor).dataSync();
    // Each window holds three padded entries and phi(−1) < 0.
    y.forEach((v) => expect(Math.abs(v - phi(-1, 0.5, 1))).toBeLessThan(1e-6));
    expect(phi(-1, 0.5, 1)).toBeLessThan(0);
  });
});
