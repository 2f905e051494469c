import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Adam } from '../train/adam.js';
import type { FittedHead } from './fitHeads.js';
import { fitHeads } from './fitHeads.js';
import { paperSchedule } from '../train/schedule.js';
import { lbfgs } from './lbfgs.js';
import { Random } from '../examples/random.js';
import { crossEntropy, crossEntropyGradient, withConstant } from './softmaxRegression.js';

interface Flat {
  shape: [number, number];
  data: number[];
}
const golden = JSON.parse(readFileSync(new URL('../../test/golden/linear_probe.json', import.meta.url), 'utf8')) as {
  linear_probe: {
    features: Flat;
    labels: number[];
    weight0: Flat;
    bias0: Flat;
    lr: number;
    loss_before_step: number[];
    weight10: Flat;
    bias10: Flat;
  };
  lr_schedule: [number, number][];
};

/** PyTorch's weight [classes, features] and bias as one [features + 1, classes] matrix. */
function head(weight: Flat, bias: Flat): tf.Tensor2D {
  return tf.tidy(() =>
    tf.concat<tf.Tensor2D>(
      [tf.transpose(tf.tensor2d(weight.data, weight.shape)), tf.tensor2d(bias.data, [1, bias.data.length])],
      0,
    ),
  );
}

describe.each(['cpu', 'wasm'])('head on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));

  it('reproduces ten Adam steps of PyTorch: losses to 1e-6, weights to 2e-6', () => {
    const { features, labels, weight0, bias0, lr, loss_before_step, weight10, bias10 } = golden.linear_probe;
    const x = withConstant(tf.tensor2d(features.data, features.shape));
    const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 5).toFloat() as tf.Tensor2D;
    let w = head(weight0, bias0);
    const adam = new Adam(w);
    for (const [step, loss] of loss_before_step.entries()) {
      expect(Math.abs(crossEntropy(x, y, w).dataSync()[0]! - loss)).toBeLessThan(1e-6);
      if (step < 10) w = adam.step(w, crossEntropyGradient(x, y, w), lr);
    }
    expect(loss_before_step.length).toBe(11);
    const exact = head(weight10, bias10).dataSync();
    w.dataSync().forEach((v, i) => expect(Math.abs(v - exact[i]!)).toBeLessThan(2e-6));
  });

  it(
    'converges to the minimum: the penalised gradient vanishes to 2e-5, and another start does not get ' + 'lower',
    async () => {
      const features = tf.randomNormal([60, 4], 0, 1, 'float32', 3) as tf.Tensor2D;
      const labels = Int32Array.from({ length: 60 }, (_, i) =>
        features.dataSync()[4 * i]! + 0.5 * features.dataSync()[4 * i + 1]! > 0 ? 1 : i % 3,
      );
      const set = { features, labels };
      const [{ weights }] = (await fitHeads('test', [set], [set], 3, {
        probe: 'converged',
        inverseRegularization: 2,
      })) as [FittedHead];
      const x = withConstant(features);
      const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 3).toFloat() as tf.Tensor2D;
      const penalty = (w: tf.Tensor2D): tf.Tensor2D =>
        tf.concat<tf.Tensor2D>([tf.div(tf.slice(w, [0, 0], [4, 3]), 2 * 60), tf.zeros([1, 3])], 0);
      const gradient = tf.add(crossEntropyGradient(x, y, weights), penalty(weights));
      expect(tf.max(tf.abs(gradient)).dataSync()[0]).toBeLessThan(2e-5);
    },
  );

  it('keeps the best epoch, and is reproducible by seed', async () => {
    const features = tf.randomNormal([50, 6], 0, 1, 'float32', 5) as tf.Tensor2D;
    const set = {
      features,
      labels: Int32Array.from({ length: 50 }, (_, i) => (features.dataSync()[6 * i]! > 0 ? 1 : 0)),
    };
    const run = (seed: number): Promise<FittedHead> =>
      fitHeads('test', [set], [set], 2, { seed, learningRate: 0.05 }).then(([head]) => head!);
    const [a, b, c] = [await run(1), await run(1), await run(2)];
    expect(a.weights.dataSync()).toEqual(b.weights.dataSync());
    expect(c.weights.dataSync()).not.toEqual(a.weights.dataSync());
    expect(a.history.length).toBe(20);
    expect(a.validationAccuracy).toBe(Math.max(...a.history));
    expect(a.validationAccuracy).toBeGreaterThan(0.9);
  });
});

it('follows the reference schedule to 2e-9 · base', () => {
  golden.lr_schedule.forEach((rates, i) => {
    for (const [base, rate] of [
      [0.1, rates[0]],
      [0.001, rates[1]],
    ] as const) {
      expect(Math.abs(base * paperSchedule(Math.floor(i / 7), i % 7, 7) - rate)).toBeLessThan(2e-9 * base + 1e-18);
    }
  });
  expect(golden.lr_schedule.length).toBe(140);
});

describe('lbfgs', () => {
  it('finds the minimum of a quadratic and of the Rosenbrock function to 1e-6', async () => {
    const quadratic = await lbfgs(
      (x) =>
        Promise.resolve({
          value: x.reduce((sum, v, i) => sum + (i + 1) * (v - i) ** 2, 0),
          gradient: x.map((v, i) => 2 * (i + 1) * (v - i)),
        }),
      new Float64Array(20),
      { tolerance: 1e-9 },
    );
    quadratic.x.forEach((v, i) => expect(Math.abs(v - i)).toBeLessThan(1e-6));
    expect(quadratic.status).toBe('converged');
    const rosenbrock = await lbfgs(
      ([a, b]) =>
        Promise.resolve({
          value: (1 - a!) ** 2 + 100 * (b! - a! ** 2) ** 2,
          gradient: Float64Array.of(-2 * (1 - a!) - 400 * a! * (b! - a! ** 2), 200 * (b! - a! ** 2)),
        }),
      Float64Array.of(-1.2, 1),
      { tolerance: 1e-9 },
    );
    rosenbrock.x.forEach((v) => expect(Math.abs(v - 1)).toBeLessThan(1e-6));
  });

  it('says when it stalls or runs out of iterations', async () => {
    const lying = await lbfgs((x) => Promise.resolve({ value: 0, gradient: x.map(() => 1) }), new Float64Array(2));
    expect(lying.status).toBe('stalled');
    const endless = await lbfgs(
      (x) => Promise.resolve({ value: -x[0]!, gradient: Float64Array.of(-1) }),
      new Float64Array(1),
      { maxIterations: 3 },
    );
    expect(['iterationLimit', 'stalled']).toContain(endless.status);
  });
});

it('permutes and draws by seed', () => {
  expect([...new Random(7).permutation(50)].sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect(new Random(7).permutation(50)).toEqual(new Random(7).permutation(50));
  expect(new Random(7).permutation(50)).not.toEqual(new Random(8).permutation(50));
  const draws = new Random(3).uniform(10_000, 2);
  expect(Math.max(...draws)).toBeLessThan(2);
  expect(Math.min(...draws)).toBeGreaterThanOrEqual(-2);
  expect(Math.abs(draws.reduce((a, b) => a + b, 0) / 10_000)).toBeLessThan(0.05);
  expect(() => new Random(0.5)).toThrow(new RangeError('Random: seed must be a whole number, got 0.5'));
});
