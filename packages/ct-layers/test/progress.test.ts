// Every long work tells how far it is by one event, from its start to its end.
import '@tensorflow/tfjs-backend-wasm';
import type { Progress } from '@curvature-tuning/checks';
import type { Batch } from '@curvature-tuning/data';
import { dataSet } from '@curvature-tuning/data';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { accuracy, calibrate, linearProbe, meanCrossEntropy, steer, steerByScore, tune } from '../src/index.js';
import { fitClassifier, fitParameters } from '../src/training.js';
import { copyModel } from '../src/model.js';

const COUNT = 12;
let model: tf.LayersModel;
let memory: Batch;
beforeAll(async () => {
  await tf.setBackend('wasm');
  const kernelInitializer = tf.initializers.heNormal({ seed: 1 });
  model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 3, kernelSize: 2, inputShape: [4, 4, 1], kernelInitializer }),
      tf.layers.reLU(),
      tf.layers.conv2d({ filters: 2, kernelSize: 2, kernelInitializer }),
      tf.layers.batchNormalization(),
      tf.layers.reLU(),
      tf.layers.flatten(),
      tf.layers.dense({ units: 2, kernelInitializer }),
    ],
  });
  const labels = Array.from({ length: COUNT }, (_, i) => i % 2);
  memory = { images: tf.randomNormal([COUNT, 4, 4, 1], 0, 1, 'float32', 3), labels: tf.tensor1d(labels, 'int32') };
});

/** The same examples, each read when it is wanted. */
async function asDataSet(): Promise<ReturnType<typeof dataSet>> {
  const pixels = await memory.images.data<'float32'>();
  return dataSet({
    labels: Array.from({ length: COUNT }, (_, i) => i % 2),
    classes: ['even', 'odd'],
    read: (i) => ({ values: pixels.slice(16 * i, 16 * (i + 1)), shape: [4, 4, 1] }),
  });
}

async function* stream(): AsyncGenerator<Batch> {
  for (let i = 0; i < 3; i++)
    yield await Promise.resolve({
      images: tf.slice(memory.images, 4 * i, 4),
      labels: tf.slice(memory.labels as tf.Tensor1D, 4 * i, 4),
    });
}

type Work = (onProgress: (progress: Progress) => void) => Promise<{ dispose?: () => void } | number>;
const betas = Array.from({ length: 11 }, (_, i) => 0.5 + i / 20);

const works: Record<string, Work> = {
  calibrate: (onProgress) => calibrate(model, memory.images, { batchSize: 5, onProgress }),
  accuracy: (onProgress) => accuracy(model, memory, { evaluationBatchSize: 5, onProgress }),
  'meanCrossEntropy of a stream': (onProgress) => meanCrossEntropy(model, stream(), { onProgress }),
  'linearProbe by lbfgs': (onProgress) => linearProbe(model, memory, memory, { onProgress }),
  'linearProbe by adam': (onProgress) => linearProbe(model, memory, memory, { solver: 'adam', epochs: 2, onProgress }),
  'linearProbe of a stream and a data set': async (onProgress) =>
    linearProbe(model, stream(), await asDataSet(), { onProgress }),
  'steer, interpolating': (onProgress) => steer(model, memory, memory, { onProgress }),
  'steer, all of a grid': (onProgress) => steer(model, memory, memory, { betas, interpolate: false, onProgress }),
  'steer by golden section': (onProgress) => steer(model, memory, memory, { betas, search: 'golden', onProgress }),
  'steer as in the paper': (onProgress) =>
    steer(model, memory, memory, { betas: [0.7, 0.9], epochs: 2, protocol: 'paper', onProgress }),
  steerByScore: (onProgress) => steerByScore(model, bestAtMiddle, { betas, calibrate: memory, onProgress }),
  'steerByScore by golden section': (onProgress) =>
    steerByScore(model, bestAtMiddle, { betas, search: 'golden', onProgress }),
  tune: (onProgress) => tune(model, memory, memory, { epochs: 2, batchSize: 5, onProgress }),
  'tune as in the paper': (onProgress) => tune(model, memory, memory, { epochs: 2, protocol: 'paper', onProgress }),
  'tune of a stream': (onProgress) =>
    tune(
      model,
      { [Symbol.asyncIterator]: stream },
      { [Symbol.asyncIterator]: stream },
      {
        epochs: 2,
        classes: 2,
        batchesPerEpoch: 5,
        onProgress,
      },
    ),
  'fitClassifier, stopped early': (onProgress) =>
    fitClassifier(copyModel(model), memory, memory, {
      epochs: 9,
      learningRate: { head: 1e-12 },
      callbacks: tf.callbacks.earlyStopping({ monitor: 'val_acc', patience: 1 }) as never,
      onProgress,
    }),
  fitParameters: async (onProgress) => {
    const weights = tf.tidy(() => tf.variable(tf.zeros<tf.Rank.R2>([16, 2])));
    const forward = (images: tf.Tensor): tf.Tensor2D =>
      tf.matMul(tf.reshape(images, [-1, 16]) as tf.Tensor2D, weights as tf.Tensor2D);
    const groups = [{ name: 'weights', learningRate: 0.1, parameters: [weights] }];
    const trainee = { forward, inputShape: [null, 4, 4, 1], classes: 2, groups };
    await fitParameters(trainee, memory, memory, { epochs: 2, batchSize: 5, onProgress }).finally(() =>
      weights.dispose(),
    );
    return {};
  },
};

function bestAtMiddle(_: tf.LayersModel, beta: number | null): Promise<number> {
  return Promise.resolve(-Math.abs((beta ?? 1) - 0.7));
}

describe.each(Object.entries(works))('%s', (_, work) => {
  it('begins at 0, never goes back, never passes its total, ends at it, and leaks nothing', async () => {
    const before = tf.memory().numTensors;
    const heard: Progress[] = [];
    const result = await work((progress) => heard.push(progress));
    if (typeof result === 'object') result.dispose?.();
    expect(tf.memory().numTensors).toBe(before);
    expect(heard[0]).toMatchObject({ done: 0, secondsLeft: null });
    heard.forEach(({ done, total, secondsLeft }, i) => {
      expect(done).toBeGreaterThanOrEqual(heard[i - 1]?.done ?? 0);
      expect(done).toBeLessThanOrEqual(total ?? Infinity);
      expect(secondsLeft === null || secondsLeft >= 0).toBe(true);
    });
    const { done, total, secondsLeft } = heard.at(-1)!;
    expect(done).toBeGreaterThan(0);
    expect([total, secondsLeft]).toEqual([done, 0]);
  });

  it('leaks nothing where the callback throws, whenever that is', async () => {
    let count = 0;
    const whole = await work(() => void count++);
    if (typeof whole === 'object') whole.dispose?.();
    for (const at of new Set([1, 2, Math.ceil(count / 2), count - 1, count])) {
      const before = tf.memory().numTensors;
      let heard = 0;
      const failing = work(() => {
        if (++heard === at) throw new Error('enough');
      });
      await expect(failing).rejects.toThrow('enough');
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});
