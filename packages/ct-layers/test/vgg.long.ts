// VGG-11, with a linear layer of 411 MB, against PyTorch: logits with hash weights, plain and steered, on tensorflow.
import * as tf from '@tensorflow/tfjs';
import { createModel, loadTorchWeights } from '@curvature-tuning/models';
import { hashInput, hashWeights } from '@curvature-tuning/models/hash-weights';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { replaceActivations } from '../src/index.js';

interface Golden {
  name: string;
  input_shape_nchw: [number, number, number, number];
  entries: [name: string, shape: number[]][];
  betas: Record<string, [beta: number, coeff: number]>;
  logits: Record<string, number[]>;
}

const { models } = JSON.parse(
  readFileSync(new URL('../../ct-models/test/golden/models.json', import.meta.url), 'utf8'),
) as { models: Golden[] };

/** Why there is no tensorflow backend, or undefined if there is one. */
const missing = await import('@tensorflow/tfjs-node').then(
  () => undefined,
  (error: Error) => error.message.split('\n')[0],
);

describe.skipIf(missing !== undefined)('tensorflow (needs npx ct-node setup)', () => {
  it('logits of vgg11 agree with PyTorch in float64 to 5e-6 of the largest, plain and steered', async () => {
    await import('@curvature-tuning/activation-node');
    expect(await tf.setBackend('tensorflow')).toBe(true);
    const { name, input_shape_nchw, entries, betas, logits } = models.find((one) => one.name === 'vgg11')!;
    const original = createModel(name, { classes: 10, inputShape: [64, 64, 3], initialWeights: 'zeros' });
    loadTorchWeights(original, hashWeights(original, { names: entries.map(([entry]) => entry) }));
    const { model, setBeta } = replaceActivations(original);
    const x = hashInput(input_shape_nchw);
    const errorOf = (net: tf.LayersModel, key: string): number => {
      const values = tf.tidy(() => (net.predict(x) as tf.Tensor).dataSync());
      const exact = logits[key]!;
      return Math.max(...exact.map((v, i) => Math.abs(v - values[i]!))) / Math.max(...exact.map(Math.abs));
    };
    expect(errorOf(original, 'plain')).toBeLessThan(5e-6);
    for (const [key, [beta]] of Object.entries(betas)) {
      setBeta(beta);
      expect(errorOf(model, key), key).toBeLessThan(5e-6);
    }
    [x, model, original].forEach((one) => one.dispose());
  });
});
