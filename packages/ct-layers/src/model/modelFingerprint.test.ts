import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { copyModel } from '../copy/rebuild.js';
import { modelFingerprint } from './modelFingerprint.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

interface Settings {
  units?: number;
  activation?: 'relu' | 'tanh';
  seed?: number;
  rate?: number;
  names?: boolean;
  swapped?: boolean;
}

/** a·x + b·x of two layers, and a third on them. */
function network({
  units = 3,
  activation = 'relu',
  seed = 1,
  rate = 0.5,
  names = false,
  swapped = false,
}: Settings = {}): tf.LayersModel {
  const named = (name: string): { name?: string } => (names ? { name } : {});
  const kernelInitializer = tf.initializers.heNormal({ seed });
  const input = tf.input({ shape: [4] });
  const a = tf.layers.dense({ units, activation, kernelInitializer, ...named('a') }).apply(input) as tf.SymbolicTensor;
  const b = tf.layers.dense({ units, kernelInitializer: 'ones', ...named('b') }).apply(input) as tf.SymbolicTensor;
  const joined = tf.layers.concatenate().apply(swapped ? [b, a] : [a, b]) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: tf.layers.dropout({ rate }).apply(joined) as tf.SymbolicTensor });
}

describe('modelFingerprint', () => {
  it('is the same for names, copies and what is trained', async () => {
    const expected = await modelFingerprint(network());
    expect(expected).toMatch(/^[0-9a-f]{64}$/);
    const frozen = network();
    frozen.layers.forEach((layer) => (layer.trainable = false));
    for (const same of [network(), network({ names: true }), copyModel(network()), frozen])
      expect(await modelFingerprint(same)).toBe(expected);
  });

  it('is another for other weights, settings, and ways in which layers are connected', async () => {
    const variants: Settings[] = [
      {},
      { seed: 2 },
      { units: 2 },
      { activation: 'tanh' },
      { rate: 0.1 },
      { swapped: true },
    ];
    const hashes = await Promise.all(variants.map((settings) => modelFingerprint(network(settings))));
    expect(new Set(hashes).size).toBe(variants.length);
  });

  it('changes with one statistic of batch normalisation, and leaks nothing', async () => {
    const model = tf.sequential({ layers: [tf.layers.batchNormalization({ inputShape: [2] })] });
    const before = tf.memory().numTensors;
    const first = await modelFingerprint(model);
    expect(tf.memory().numTensors).toBe(before);
    const weights = model.getWeights();
    model.setWeights([...weights.slice(0, 3), tf.tensor1d([1, 2])]);
    expect(await modelFingerprint(model)).not.toBe(first);
  });
});
