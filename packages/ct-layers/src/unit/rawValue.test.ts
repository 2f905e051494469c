import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import { ctActivation } from './ctActivation.js';
import { isEnd, rawOf, tensorWithinEnds, unitOf, withinEnds } from './rawValue.js';

it('is ln(p / (1 − p)) between the ends and finite at them, and the way back is exact at the ends', () => {
  expect([0, 1, 5e-324, 0.5].map(rawOf)).toEqual([-128, 128, -128, 0]);
  expect(rawOf(0.8)).toBeCloseTo(1.3862943611, 9);
  expect(rawOf(1e-30)).toBeCloseTo(-69.0775527898, 9);
  expect([rawOf(0), rawOf(1), Infinity, -Infinity].map(unitOf)).toEqual([0, 1, 1, 0]);
  for (const p of [1e-30, 0.1, 0.5, 0.999999]) expect(Math.abs(unitOf(rawOf(p)) / p - 1)).toBeLessThan(1e-12);
});

it('knows the ends of float32, and takes what lies beyond ±128 for ±128', () => {
  expect([-Infinity, -128, -105, -100, 0, 17, 18, 128, Infinity].map(isEnd)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
    true,
    true,
    true,
  ]);
  expect([-Infinity, -129, -128, 3, 128, 1e30, Infinity].map(withinEnds)).toEqual([-128, -128, -128, 3, 128, 128, 128]);
  expect(withinEnds(NaN)).toBeNaN();
});

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  it(
    'the ends are exactly 0 and 1 in beta and c, from the start, set, and written as infinities; raw ' +
      'values stay finite',
    async () => {
      await tf.setBackend(backend);
      const before = tf.memory().numTensors;
      const layer = ctActivation({ beta: 0, coeff: 1 });
      layer.apply(tf.input({ shape: [3] }));
      const read = (): number[][] =>
        Object.values(layer.rawWeights).map((w) => tf.tidy(() => [...tf.sigmoid(w.read()).dataSync()]));
      const raw = (): number[] => Object.values(layer.rawWeights).flatMap((w) => [...w.read().dataSync()]);
      const ends = [
        [0, 0, 0],
        [1, 1, 1],
      ];
      expect(read()).toEqual(ends);
      layer.setBeta(1);
      layer.setCoeff(0);
      expect(read()).toEqual(ends.toReversed());
      tf.tidy(() => layer.setWeights([tf.tensor1d([-Infinity, 0, Infinity]), tf.fill([3], Infinity)]));
      expect(read()).toEqual([
        [0, 0.5, 1],
        [1, 1, 1],
      ]);
      expect(raw()).toEqual([-128, 0, 128, 128, 128, 128]);
      layer.resetWeights();
      expect(read()).toEqual(ends);
      expect(raw().every((v) => Math.abs(v) <= 65504)).toBe(true);
      layer.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('returns a tensor itself where nothing lies beyond the ends', async () => {
    await tf.setBackend(backend);
    tf.tidy(() => {
      const inside = tf.tensor1d([-128, NaN, 5]);
      expect(tensorWithinEnds(inside)).toBe(inside);
      expect([...tensorWithinEnds(tf.tensor2d([[-1000, NaN]])).dataSync()]).toEqual([-128, NaN]);
    });
  });

  it('has the gradient 0 in raw beta and raw c at the ends', async () => {
    await tf.setBackend(backend);
    for (const [beta, coeff] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ] as const) {
      const layer = ctActivation({ beta, coeff });
      layer.apply(tf.input({ shape: [3] }));
      const { grads } = tf.variableGrads(() => tf.sum(layer.call(tf.tensor2d([[-1, 0, 2]]))) as tf.Scalar);
      const numbers = Object.values(grads).map((g) => [...g.dataSync()].map(Math.abs));
      expect(numbers).toEqual([
        [0, 0, 0],
        [0, 0, 0],
      ]);
      layer.dispose();
    }
  });
});
