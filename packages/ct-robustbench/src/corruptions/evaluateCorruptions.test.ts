import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import type { CorruptedBatch } from '../index.js';
import { ALEXNET_ERRORS, corruptedBatches, evaluateCorruptions } from '../index.js';

beforeAll(() => tf.setBackend('cpu'));

it('accuracy and mCE follow their definitions', async () => {
  // A model that is right on every image darker than a half.
  const model = (x: tf.Tensor): tf.Tensor => {
    const mean = tf.mean(tf.reshape(x, [x.shape[0]!, -1]), 1, true);
    return tf.concat([tf.sub(0.5, mean), tf.sub(mean, 0.5)], 1);
  };
  async function* batches(): AsyncGenerator<CorruptedBatch> {
    for (const [type, levels] of [
      ['fog', [0.2, 0.2, 0.8, 0.8, 0.8]],
      ['snow', [0.2, 0.2, 0.2, 0.2, 0.8]],
    ] as const) {
      for (const [i, level] of levels.entries())
        yield await Promise.resolve({ type, severity: i + 1, images: tf.fill([2, 4, 4, 1], level), labels: [0, 0] });
    }
  }
  const before = tf.memory().numTensors;
  const result = await evaluateCorruptions(model, batches(), { baselineErrors: ALEXNET_ERRORS });
  expect(tf.memory().numTensors).toBe(before);
  expect(result.accuracy).toEqual({ fog: [1, 1, 0, 0, 0], snow: [1, 1, 1, 1, 0] });
  expect(result.robustAccuracy).toBeCloseTo(0.6, 12);
  expect(result.mCE).toBeCloseTo((0.6 / ALEXNET_ERRORS.fog + 0.2 / ALEXNET_ERRORS.snow) / 2, 12);
  expect((await evaluateCorruptions(model, batches())).mCE).toBeCloseTo(0.4, 12);
  await expect(evaluateCorruptions(model, batches(), { baselineErrors: { fog: 1 } })).rejects.toThrow(
    /baselineErrors must name every type that is evaluated, got none for snow/,
  );
  const images = tf.fill([2, 16, 16, 3], 0.2) as tf.Tensor4D;
  const own = await evaluateCorruptions(
    model,
    corruptedBatches({ images, labels: [0, 0] }, { types: ['contrast', 'brightness'], severities: [1, 5] }),
  );
  expect(own.images).toEqual({ contrast: [2, 0, 0, 0, 2], brightness: [2, 0, 0, 0, 2] });
  // Severity 5 of the CIFAR table lifts 0.2 to 0.5: no longer darker.
  expect(own.accuracy.contrast![0]).toBe(1);
  images.dispose();
});
