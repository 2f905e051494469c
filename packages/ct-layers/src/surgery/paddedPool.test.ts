import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { replaceActivations } from './replaceActivations.js';

describe.each(['cpu', 'wasm'])('padding before max-pools on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => {
    tf.engine().endScope();
    tf.disposeVariables();
  });

  it('refuses a padding with two uses, and leaves zeros where values may be negative anyway', () => {
    const input = tf.input({ shape: [4, 4, 1] });
    const padded = tf.layers
      .zeroPadding2d({ padding: 1, name: 'pad' })
      .apply(tf.layers.reLU().apply(input)) as tf.SymbolicTensor;
    const outputs = [
      tf.layers.maxPooling2d({ name: 'pool' }).apply(padded),
      tf.layers.conv2d({ filters: 1, kernelSize: 2, name: 'conv' }).apply(padded),
    ] as tf.SymbolicTensor[];
    expect(() => replaceActivations(tf.model({ inputs: input, outputs }))).toThrow(
      '"pad" pads with zeros for the max-pool "pool", where they win over the negative values of a replaced ' +
        'activation, and for "conv"',
    );
    // Where values may be negative anyway, zero means zero.
    const signed = tf.sequential({
      layers: [
        tf.layers.reLU({ inputShape: [2, 2, 1] }),
        tf.layers.batchNormalization(),
        tf.layers.zeroPadding2d({ padding: 1 }),
        tf.layers.maxPooling2d({ poolSize: 2 }),
      ],
    });
    expect(replaceActivations(signed).model.layers.map((layer) => layer.getClassName())).toContain('ZeroPadding2D');
  });
});
