import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { FittedHead } from './fitHeads.js';
import { fitHeads } from './fitHeads.js';
import { crossEntropyGradient, withConstant } from './softmaxRegression.js';

describe.each(['cpu', 'wasm'])('head on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));

  it(
    'converges to the minimum: the penalised gradient vanishes to 5e-5, and another start does not get ' + 'lower',
    async () => {
      const features = tf.randomNormal([60, 4], 0, 1, 'float32', 3) as tf.Tensor2D;
      const labels = Int32Array.from({ length: 60 }, (_, i) =>
        features.dataSync()[4 * i]! + 0.5 * features.dataSync()[4 * i + 1]! > 0 ? 1 : i % 3,
      );
      const set = { features, labels };
      const [{ weights }] = (await fitHeads('test', [[set, set]], 3, {
        solver: 'lbfgs',
        inverseRegularization: 2,
      })) as [FittedHead];
      const x = withConstant(features);
      const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 3).toFloat() as tf.Tensor2D;
      const penalty = (w: tf.Tensor2D): tf.Tensor2D =>
        tf.concat<tf.Tensor2D>([tf.div(tf.slice(w, [0, 0], [4, 3]), 2 * 60), tf.zeros([1, 3])], 0);
      const gradient = tf.add(crossEntropyGradient(x, y, weights), penalty(weights));
      expect(tf.max(tf.abs(gradient)).dataSync()[0]).toBeLessThan(5e-5);
    },
  );

  it('keeps the best epoch, and is reproducible by seed', async () => {
    const features = tf.randomNormal([50, 6], 0, 1, 'float32', 5) as tf.Tensor2D;
    const set = {
      features,
      labels: Int32Array.from({ length: 50 }, (_, i) => (features.dataSync()[6 * i]! > 0 ? 1 : 0)),
    };
    const run = (seed: number): Promise<FittedHead> =>
      fitHeads('test', [[set, set]], 2, { solver: 'adam', seed, learningRate: { head: 0.05 } }).then(([head]) => head!);
    const [a, b, c] = [await run(1), await run(1), await run(2)];
    expect(a.weights.dataSync()).toEqual(b.weights.dataSync());
    expect(c.weights.dataSync()).not.toEqual(a.weights.dataSync());
    expect(a.history.length).toBe(20);
    expect(a.validationAccuracy).toBe(Math.max(...a.history.map(({ validationAccuracy }) => validationAccuracy)));
    expect(a.validationAccuracy).toBeGreaterThan(0.9);
  });
});
