/**
 * What every backend must do alike; the suites of cpu and wasm go further.
 */
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { accuracy, applyAdapter, getAdapter, removeAdapter, replaceActivations, tune } from '../src/index.js';
import { stripes, stripesNetwork } from './stripes.js';
import { difference, models } from './structures.js';

/**
 * Registers the tests for the backend that is set.
 *
 * @param tolerance Between logits of equal weights; webgl rounds otherwise where a weight's texture is laid out
 * otherwise.
 */
export function testOnBackend(tolerance = 0): void {
  for (const [name, make] of Object.entries(models)) {
    it(`equals the original to 1e-5 at beta = 1 and moves with beta: ${name}`, async () => {
      const original = make();
      original.layers.forEach((layer) =>
        layer.setWeights(layer.weights.map((w) => tf.randomUniform(w.shape as number[], 0.2, 1))),
      );
      const { model, setBeta } = replaceActivations(original, { sharing: 'channel', slope: true, affine: true });
      expect(await difference(original, model)).toBeLessThan(1e-5);
      setBeta(0.5);
      expect(await difference(original, model)).toBeGreaterThan(1e-3);
      model.dispose();
      original.dispose();
    });
  }

  it(
    'tunes beta, c, norms, leaks and affine parts, and its adapter brings the logits back ' +
      `${tolerance === 0 ? 'bit for bit' : `to ${tolerance}`}, without a leak`,
    async () => {
      const net = stripesNetwork('relu6');
      const data = stripes(24);
      const before = tf.memory().numTensors;
      const { classifier, history, validationAccuracy, dispose } = await tune(net, data, data, {
        epochs: 6,
        batchSize: 8,
        alsoTrain: ['norm', 'slope', 'affine'],
        learningRate: { head: 0.02 },
      });
      expect(history.at(-1)!.loss).toBeLessThan(history[0]!.loss);
      expect(await accuracy(classifier, data)).toBe(validationAccuracy);
      const adapter = await getAdapter(classifier);
      const logits = async (model: tf.LayersModel): Promise<number[]> => {
        const y = model.predict(data.images) as tf.Tensor;
        const values = [...(await y.data())];
        y.dispose();
        return values;
      };
      const expected = await logits(classifier);
      dispose();
      const { model } = replaceActivations(net, { sharing: 'channel', slope: true, affine: true });
      const original = await logits(model);
      await applyAdapter(model, adapter);
      const distance = (a: number[], b: number[]): number => Math.max(...a.map((v, i) => Math.abs(v - b[i]!)));
      expect(distance(await logits(model), expected)).toBeLessThanOrEqual(tolerance);
      removeAdapter(model);
      expect(distance(await logits(model), original)).toBeLessThanOrEqual(tolerance);
      model.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );
}
