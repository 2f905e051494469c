import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { leavesNoTensor } from '../../../test/leavesNoTensor.js';
import { GroupInTraining } from '../parameterGroup.js';
import { trainStep } from './trainStep.js';
import type { Trainee } from './trainee.js';

beforeAll(() => tf.setBackend('cpu'));
leavesNoTensor();

/** A step of a linear classifier on four points. */
async function step(
  change: Partial<Trainee> = {},
  microBatchSize?: number,
): Promise<{ loss: number; hits: number; weights: number[] }> {
  const variable = tf.tidy(() =>
    tf.variable(
      tf.tensor2d([
        [0.5, 0],
        [0, 0.5],
      ]),
    ),
  );
  const parameters = { name: 'w', learningRate: 0.1, parameters: [variable] };
  const group = new GroupInTraining(parameters);
  const trainee: Trainee = {
    forward: (images) => tf.matMul(images as tf.Tensor2D, variable as unknown as tf.Tensor2D),
    inputShape: [null, 2],
    classes: 2,
    groups: [parameters],
    ...change,
  };
  const batch = {
    images: tf.tensor2d([
      [1, 0],
      [0, 1],
      [3, 0],
      [0, 2],
    ]),
    labels: tf.tensor1d([0, 1, 1, 1], 'int32'),
  };
  try {
    const score = await trainStep(trainee, batch, { groups: [group], factor: 1, microBatchSize });
    return { ...score, weights: [...variable.dataSync()] };
  } finally {
    group.dispose();
    tf.dispose([variable, batch.images, batch.labels]);
  }
}

it('gives the mean cross-entropy and counts who is right, before the step', async () => {
  const { loss, hits, weights } = await step();
  // log(1 + exp(-margin)) for the margins 0.5, 0.5, -1.5 and 1.
  const expected = [0.5, 0.5, -1.5, 1].reduce((sum, margin) => sum + Math.log(1 + Math.exp(-margin)) / 4, 0);
  expect(loss).toBeCloseTo(expected, 6);
  expect(hits).toBe(3);
  expect(weights).not.toEqual([0.5, 0, 0, 0.5]);
});

it.each([1, 3])('in parts of %i makes the step of the whole batch, to 1e-5', async (size) => {
  const [whole, parts] = [await step(), await step({}, size)];
  expect(parts.loss).toBeCloseTo(whole.loss, 6);
  expect(parts.hits).toBe(whole.hits);
  whole.weights.forEach((value, i) => expect(parts.weights[i]).toBeCloseTo(value, 5));
});

it('a loss that is not finite is returned, and no step is taken of it', async () => {
  const { loss, weights } = await step({ loss: (logits) => tf.mul(tf.sum(logits), NaN) }, 2);
  expect(loss).toBeNaN();
  expect(weights).toEqual([0.5, 0, 0, 0.5]);
});

it('leaves nothing behind when the model throws', async () => {
  await expect(
    step({
      forward: () => {
        throw new Error('no such layer');
      },
    }),
  ).rejects.toThrow('no such layer');
});
