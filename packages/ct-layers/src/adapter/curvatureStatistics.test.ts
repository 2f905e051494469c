import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { network, tunedAdapters } from '../../test/tunedAdapters.js';
import type { Adapter } from '../index.js';
import { curvatureStatistics } from '../index.js';

describe.each(['cpu', 'wasm'])('statistics of adapters on %s', (backend) => {
  let adapters: Record<string, Adapter>;

  beforeAll(async () => {
    await tf.setBackend(backend);
    const x = tf.randomNormal([3, 6, 6, 1], 0, 1, 'float32', 9);
    ({ adapters } = await tunedAdapters(network(), x));
  });
  afterAll(() => tf.disposeVariables());

  it('takes statistics of beta and c', () => {
    const { beta, coeff } = curvatureStatistics(adapters['two']!);
    expect(beta.histogram.reduce((a, b) => a + b)).toBe(7);
    const raw = ['relu', 'hidden_ctu'].flatMap((site) => [...adapters['two']!.tensors.get(`${site}/coeff`)!.data]);
    const values = raw.map((r) => 1 / (1 + Math.exp(-r)));
    const mean = values.reduce((a, b) => a + b) / 7;
    expect(coeff.mean).toBeCloseTo(mean, 12);
    expect(coeff.std).toBeCloseTo(Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / 7), 12);
  });
});
