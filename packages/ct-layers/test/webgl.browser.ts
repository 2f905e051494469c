import * as tf from '@tensorflow/tfjs';
import { conformanceCases, measureConformance } from '@curvature-tuning/activation/conformance';
import { loadPretrained } from '@curvature-tuning/models';
import { beforeAll, describe, expect, it } from 'vitest';
import { replaceActivations } from '../src/index.js';
import { testOnBackend } from './onBackend.js';

describe('webgl in headless Chromium', () => {
  beforeAll(async () => {
    expect(await tf.setBackend('webgl')).toBe(true);
    expect(tf.env().getNumber('WEBGL_VERSION')).toBe(2);
  });

  for (const testCase of conformanceCases()) {
    it(`ctu conforms to float64 to 2e-6: ${testCase.name}`, async () => {
      for (const { quantity, error } of await measureConformance(testCase)) expect(error, quantity).toBeLessThan(2e-6);
    });
  }

  testOnBackend(1e-5);

  it(
    'a steered ResNet-14 equals the ReLU network at beta = 1 and the cpu backend at beta = 0.8, to 1e-5 ' +
      'of the largest logit',
    async () => {
      const original = await loadPretrained('resnet14.mnist');
      const { model, setBeta } = replaceActivations(original);
      const x = tf.randomUniform([2, 28, 28, 1], 0, 1, 'float32', 1);
      const run = async (m: tf.LayersModel): Promise<Float32Array> => {
        const y = m.predict(x) as tf.Tensor;
        const values = (await y.data()) as Float32Array;
        y.dispose();
        return values;
      };
      const difference = (a: Float32Array, b: Float32Array): number =>
        Math.max(...a.map((v, i) => Math.abs(v - b[i]!))) / Math.max(...a.map(Math.abs));
      expect(difference(await run(original), await run(model))).toBeLessThan(1e-5);
      setBeta(0.8);
      const webgl = await run(model);
      await tf.setBackend('cpu');
      expect(difference(await run(model), webgl)).toBeLessThan(1e-5);
    },
  );
});
