import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fitParameters } from './fitParameters.js';
import { NonFiniteLossError } from './nonFiniteLoss.js';
import type { Trainee } from './run/trainee.js';

beforeAll(async () => void (await tf.setBackend('cpu')));
let before: number;
beforeEach(() => (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').toBe(before));

/** x·w of two numbers to two classes. */
function linear(learningRate = 0.1, more: Partial<Trainee> = {}): { trainee: Trainee; w: tf.Variable } {
  const w = tf.tidy(() => tf.variable(tf.zeros([2, 2])));
  const trainee: Trainee = {
    forward: (x) => tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D),
    inputShape: [null, 2],
    classes: 2,
    groups: [{ name: 'w', learningRate, parameters: [w] }],
    ...more,
  };
  return { trainee, w };
}

/** The class is the larger of the two numbers. */
function examples(count: number, seed: number): { images: tf.Tensor2D; labels: tf.Tensor1D } {
  const images = tf.randomNormal<tf.Rank.R2>([count, 2], 0, 1, 'float32', seed);
  const labels = tf.tidy(() => tf.cast(tf.argMax(images, 1), 'int32')) as tf.Tensor1D;
  return { images, labels };
}

describe('fitParameters', () => {
  it("one step of Adam from 0 moves each entry by the rate, against its gradient's sign", async () => {
    const [{ trainee, w }, data] = [linear(0.01), examples(8, 1)];
    // The paper's schedule begins at 0.
    const schedule = (): number => 1;
    const { history, best } = await fitParameters(trainee, data, data, { epochs: 1, batchSize: 8, schedule });
    const moved = [...w.dataSync()];
    moved.forEach((value) => expect(Math.abs(value)).toBeCloseTo(0.01, 5));
    // By symmetry the two columns are opposite.
    expect(moved[0]).toBeCloseTo(-moved[1]!, 6);
    expect(history).toHaveLength(1);
    expect(best).toBe(history[0]);
    expect(history[0]!.loss).toBeCloseTo(Math.LN2, 5);
    tf.dispose([w, data]);
  });

  it('the same seed gives the same numbers, another others; the variables are those of the best epoch', async () => {
    const [train, validation] = [examples(20, 1), examples(30, 2)];
    const run = async (seed: number): Promise<{ values: number[]; accuracies: number[]; best: number }> => {
      const { trainee, w } = linear(0.5);
      const { history, best } = await fitParameters(trainee, train, validation, { epochs: 4, batchSize: 4, seed });
      const values = [...w.dataSync()];
      const scored = tf.tidy(() =>
        tf.mean(tf.equal(tf.argMax(trainee.forward(validation.images, false), 1), validation.labels)).dataSync(),
      );
      expect(scored[0]).toBeCloseTo(best.validationAccuracy, 6);
      w.dispose();
      const accuracies = history.map(({ validationAccuracy }) => validationAccuracy);
      return { values, accuracies, best: best.validationAccuracy };
    };
    const [one, again, other] = [await run(1), await run(1), await run(2)];
    expect(again).toEqual(one);
    expect(other.values).not.toEqual(one.values);
    expect(one.best).toBe(Math.max(...one.accuracies));
    expect(one.best).toBeGreaterThan(0.8);
    tf.dispose([train, validation]);
  });

  it('goes on from a checkpoint to what a whole run has, bit for bit', async () => {
    const [train, validation] = [examples(20, 1), examples(10, 2)];
    const checkpoints: Uint8Array[] = [];
    const options = { epochs: 3, batchSize: 4, onCheckpoint: (bytes: Uint8Array) => void checkpoints.push(bytes) };
    const whole = linear();
    const result = await fitParameters(whole.trainee, train, validation, options);
    const resumed = linear();
    const rest = await fitParameters(resumed.trainee, train, validation, { ...options, resume: checkpoints[0] });
    expect([...resumed.w.dataSync()]).toEqual([...whole.w.dataSync()]);
    const timeless = (history: readonly { seconds: number }[]): unknown[] =>
      history.map((one) => ({ ...one, seconds: 0 }));
    expect(timeless(rest.history)).toEqual(timeless(result.history));
    tf.dispose([whole.w, resumed.w, train, validation]);
  });

  it('stops at a loss that is not finite, before anything is changed by it, and says where it comes from', async () => {
    const data = examples(8, 1);
    const { trainee, w } = linear(0.1, {
      loss: (logits) => tf.mul(tf.sum(logits), NaN) as tf.Scalar,
      explain: () => Promise.resolve('the loss is made of NaN'),
    });
    const running = fitParameters(trainee, data, data, { epochs: 2 });
    await expect(running).rejects.toThrow(NonFiniteLossError);
    await expect(running).rejects.toThrow('the loss is made of NaN');
    expect([...w.dataSync()]).toEqual([0, 0, 0, 0]);
    tf.dispose([w, data]);
  });

  it('refuses a run that trains nothing, and stops by its signal', async () => {
    const [{ trainee, w }, data] = [linear(), examples(4, 1)];
    const empty = { ...trainee, groups: [{ name: 'none', learningRate: 1, parameters: [] }] };
    await expect(fitParameters(empty, data, data)).rejects.toThrow(
      'trainee.groups[0].parameters must be a list of at least 1',
    );
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(fitParameters(trainee, data, data, { signal })).rejects.toThrow('enough');
    tf.dispose([w, data]);
  });
});
