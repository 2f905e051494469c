import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { replaceActivations } from '../surgery/replaceActivations.js';
import { steerByScore } from './steerByScore.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const network = (): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 2, inputShape: [2], kernelInitializer: 'identity' }),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
    ],
  });
const betas = [0.2, 0.4, 0.6, 0.8];
const peakAt =
  (best: number) =>
  (_: tf.LayersModel, beta: number | null): Promise<number> =>
    Promise.resolve(-Math.abs((beta ?? 1) - best));

describe('steerByScore', () => {
  it('keeps the best beta, whose curvature the model has, and says how it compares', async () => {
    const found = await steerByScore(network(), peakAt(0.6), { betas });
    expect(found).toMatchObject({ kept: 'steered', beta: 0.6, coeff: 0.5, score: -0, ties: 1, atEdge: false });
    expect(found.given).toBeCloseTo(-0.4, 12);
    expect(found.control).toBeUndefined();
    expect(found.history.map(({ beta }) => beta)).toEqual(betas);
    const expected = replaceActivations(network(), { beta: 0.6 }).model;
    const x = tf.tensor2d([[-1, 2]]);
    const [a, b] = [found.model, expected].map((model) => (model.predict(x) as tf.Tensor).dataSync());
    expect(a).toEqual(b);
    found.dispose();
  });

  it('keeps the own start where no beta is better, ties too', async () => {
    const flat = await steerByScore(network(), () => Promise.resolve(1), { betas });
    expect(flat).toMatchObject({ kept: 'given', beta: 1, score: 1, ties: 4, atEdge: false });
    const { model } = replaceActivations(network(), { beta: 0.5 });
    const own = await steerByScore(model, peakAt(0.5), { betas });
    expect(own).toMatchObject({ kept: 'given', beta: 0.5 });
  });

  it('calibrates at every beta, and for its control', async () => {
    const images = tf.randomNormal([9, 2], 3, 1, 'float32', 1);
    const seen: number[] = [];
    const score = (model: tf.LayersModel): Promise<number> => {
      const mean = model.getWeights().find(({ shape }, i) => i === 4 && shape.length === 1)!;
      seen.push(Math.round(mean.dataSync()[0]!));
      return Promise.resolve(seen.length);
    };
    const found = await steerByScore(network(), score, { betas: [0.4, 0.6], calibrate: images });
    // As given, calibrated, and at two betas.
    expect(seen).toEqual([0, 3, 3, 3]);
    expect([found.kept, found.given, found.control, found.score]).toEqual(['steered', 1, 2, 4]);
  });

  it('refuses a score that is no number, frees the copy then and when it is aborted', async () => {
    const model = network();
    const before = tf.memory().numTensors;
    const run = (score: () => Promise<unknown>, signal?: AbortSignal): Promise<unknown> =>
      steerByScore(model, score as () => Promise<number>, { betas, signal });
    await expect(run(() => Promise.resolve(NaN))).rejects.toThrow(
      'score must resolve to a number, got NaN at beta = 1',
    );
    await expect(run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(run(() => Promise.resolve(1), AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });
});
