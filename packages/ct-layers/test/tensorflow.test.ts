import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { replaceGraphActivations } from '../src/graph/index.js';
import { graphCases, inputsOf, originalOutputs, outputsOf, relativeDifference } from './graphCases.js';
import { testOnBackend } from './onBackend.js';

/** Why there is no tensorflow backend, or undefined if there is one. */
const missing = await import('@tensorflow/tfjs-node').then(
  () => undefined,
  (error: Error) => error.message.split('\n')[0],
);

describe.skipIf(missing !== undefined)('tensorflow (needs npx ct-node setup)', () => {
  beforeAll(async () => {
    await import('@curvature-tuning/activation-node');
    expect(await tf.setBackend('tensorflow')).toBe(true);
  });

  testOnBackend();

  for (const [name, make] of Object.entries(graphCases)) {
    it(`GraphModel, ${name}: beta = 1 equals the original to 1e-5, beta moves it`, async () => {
      const graphCase = make();
      const steered = await replaceGraphActivations(graphCase.artifacts, { sharing: 'channel' });
      const inputs = inputsOf(graphCase);
      const expected = await originalOutputs(graphCase, inputs);
      expect(relativeDifference(expected, await outputsOf(steered.model, inputs))).toBeLessThan(1e-5);
      steered.setBeta(0.5);
      expect(relativeDifference(expected, await outputsOf(steered.model, inputs))).toBeGreaterThan(1e-3);
      steered.model.dispose();
    });
  }
});
