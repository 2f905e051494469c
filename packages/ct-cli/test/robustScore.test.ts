// The score of the robustness package is one that the layers package steers by.
import { replaceActivations, steerByScore } from '@curvature-tuning/layers';
import { robustScore } from '@curvature-tuning/robustbench';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';

it('steerByScore(model, robustScore(…)) takes the beta whose network withstands the most attacks', async () => {
  await tf.setBackend('cpu');
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [4, 4, 1] }),
      tf.layers.dense({ units: 8, activation: 'relu', kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }) }),
      tf.layers.dense({ units: 3, kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
    ],
  });
  const images = tf.randomUniform<tf.Rank.R4>([12, 4, 4, 1], 0.2, 0.8, 'float32', 3);
  const labels = await tf
    .tidy(() => tf.argMax(replaceActivations(model, { beta: 0.7 }).model.predict(images) as tf.Tensor, 1))
    .data();
  const score = robustScore(
    { images, labels: Array.from(labels) },
    { norm: 'Linf', eps: 0.05, version: 'custom', attacks: ['fgsm'] },
  );
  const { beta, score: best, given, history, dispose } = await steerByScore(model, score, { betas: [0.1, 0.7, 1] });
  // The network's own start was scored first.
  expect([score.history[0]!.beta, score.history[0]!.robustAccuracy]).toEqual([1, given]);
  expect(history).toEqual(score.history.slice(1).map(({ beta, robustAccuracy }) => ({ beta, score: robustAccuracy })));
  expect(best).toBe(Math.max(...score.history.map(({ robustAccuracy }) => robustAccuracy)));
  expect(score.history.find((entry) => entry.beta === beta)!.robustAccuracy).toBe(best);
  expect(new Set(history.map((entry) => entry.score)).size).toBeGreaterThan(1);
  dispose();
});
