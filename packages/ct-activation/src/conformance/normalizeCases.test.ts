import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import '../kernels/cpu.js';
import { measureNormalize, normalizeCases } from './normalizeCases.js';

beforeAll(() => tf.setBackend('cpu'));

it('has cases of different names, with a unit and without', () => {
  const cases = normalizeCases();
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
  expect(cases.filter(({ unit }) => unit)).toHaveLength(cases.length / 2);
});

it.each(['NormalizeBatch', 'NormalizeBatchGrad'])('shows a result of %s that is wrong by 1e-4', async (name) => {
  const config = tf.getKernel(name, 'cpu');
  tf.unregisterKernel(name, 'cpu');
  tf.registerKernel({
    ...config,
    kernelFunc: (params) => {
      const results = config.kernelFunc(params) as tf.TensorInfo[];
      const { values } = (params.backend as { data: { get(id: object): { values: Float32Array } } }).data.get(
        results[0]!.dataId,
      );
      values[values.length - 1]! += 1e-4;
      return results;
    },
  });
  const one = normalizeCases()[2]!;
  const errors = await measureNormalize(one);
  tf.unregisterKernel(name, 'cpu');
  tf.registerKernel(config);
  const worst = (found: typeof errors): number => Math.max(...found.map(({ error }) => error));
  expect(worst(errors)).toBeGreaterThan(1e-5);
  expect(worst(await measureNormalize(one))).toBeLessThan(1e-6);
});
