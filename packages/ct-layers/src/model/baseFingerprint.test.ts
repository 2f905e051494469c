import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { replaceActivations } from '../surgery/replaceActivations.js';
import { baseFingerprint, originalHashes } from './baseFingerprint.js';
import { setTrainedBeside } from './trainedBeside.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

function network(): tf.LayersModel {
  const kernelInitializer = tf.initializers.heNormal({ seed: 1 });
  return tf.sequential({
    layers: [
      tf.layers.dense({ name: 'body', units: 3, inputShape: [2], kernelInitializer }),
      tf.layers.batchNormalization({ name: 'norm' }),
      tf.layers.reLU({ name: 'relu' }),
      tf.layers.dense({ name: 'head', units: 2, kernelInitializer }),
    ],
  });
}

/** Sets all weights of a layer to a number. */
function fill(model: tf.LayersModel, name: string, value: number): void {
  const layer = model.getLayer(name);
  layer.setWeights(layer.getWeights().map(({ shape }) => tf.fill(shape, value)));
}

describe('baseFingerprint', () => {
  it('counts no curvature, normalisation or head, and everything else', async () => {
    const model = network();
    const expected = await baseFingerprint(model);
    expect(expected).toMatch(/^[0-9a-f]{16}$/);
    expect(await baseFingerprint(replaceActivations(model, { beta: 0.5 }).model)).toBe(expected);
    fill(model, 'norm', 2);
    fill(model, 'head', 2);
    expect(await baseFingerprint(model)).toBe(expected);
    fill(model, 'body', 2);
    expect(await baseFingerprint(model)).not.toBe(expected);
  });

  it('counts what was trained beside as it was before', async () => {
    const model = network();
    const expected = await baseFingerprint(model);
    const [kernel] = model.getLayer('body').weights;
    const before = await originalHashes('test', model, [['body/kernel', kernel!]]);
    fill(model, 'body', 2);
    setTrainedBeside(model, before);
    // The bias was zero, and changed without being trained.
    expect(await baseFingerprint(model)).not.toBe(expected);
    model.getLayer('body').setWeights([tf.fill([2, 3], 2), tf.zeros([3])]);
    expect(await baseFingerprint(model)).toBe(expected);
    // What is known of the base is passed on, not computed anew.
    expect(await originalHashes('test', model, [['body/kernel', kernel!]])).toEqual(before);
  });
});
