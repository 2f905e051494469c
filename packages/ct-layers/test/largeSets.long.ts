// Sets that do not fit in memory: a process whose heap is a tenth of a data set takes it as it is.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { inSmallHeap } from '../../../tools/vitest/suites/inSmallHeap.mjs';
import { estimateFromImages } from '../src/calibrate/populationStatistics.js';
import { runInBatches } from '../src/model/features.js';
import type { ImageRows } from '../src/host/imageRows.js';

const HEAP_MB = 48;
const SIDE = 64;
const COUNT = Math.ceil((10 * HEAP_MB * 2 ** 20) / (4 * SIDE * SIDE * 3));

const PROGRAM = `
import * as tf from '@tensorflow/tfjs';
import { dataSet } from '@curvature-tuning/data';
import { accuracy, calibrate, steer } from './dist/index.js';

await tf.setBackend('cpu');
const side = ${SIDE};
const set = (length) => dataSet({
  labels: Int32Array.from({ length }, (_, i) => i % 2),
  classes: ['dark', 'light'],
  read: (i) => ({
    values: new Uint8Array(side * side * 3).fill((i % 2) * 150 + (i * 7919) % 100),
    shape: [side, side, 3],
  }),
});
const [train, validation] = [set(${COUNT}), set(200)];
const kernelInitializer = tf.initializers.randomUniform({ minval: -0.1, maxval: 0.1, seed: 1 });
const model = tf.sequential({ layers: [
  tf.layers.conv2d({ filters: 4, kernelSize: 16, strides: 16, inputShape: [side, side, 3], kernelInitializer }),
  tf.layers.batchNormalization(),
  tf.layers.activation({ activation: 'relu' }),
  tf.layers.globalAveragePooling2d({}),
  tf.layers.dense({ units: 2, kernelInitializer }),
] });
const before = tf.memory().numTensors;
const calibrated = await calibrate(model, train);
calibrated.dispose();
const steered = await steer(model, train, validation, { betas: [0.9], epochs: 1 });
const score = await accuracy(steered.classifier, train);
steered.dispose();
console.log(JSON.stringify({ score, beta: steered.beta, left: tf.memory().numTensors - before,
  megabytes: process.resourceUsage().maxRSS / 1024 }));
`;

it(`calibrate, steer and accuracy take a set of ${10 * HEAP_MB} MB in a heap of ${HEAP_MB} MB`, async () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const { score, left, megabytes } = await inSmallHeap<Record<string, number>>(root, HEAP_MB, PROGRAM);
  expect(score).toBeGreaterThan(0.9);
  expect(left).toBe(0);
  expect(megabytes).toBeLessThan(5 * HEAP_MB + 150);
});

it('features and statistics of images that are read are those of the same images in memory', async () => {
  await tf.setBackend('cpu');
  const images = tf.randomNormal<tf.Rank.R2>([70, 3], 0, 1, 'float32', 5);
  const rows: ImageRows = {
    shape: [70, 3],
    read: (wanted) => Promise.resolve(tf.tidy(() => tf.gather(images, tf.tensor1d(Array.from(wanted), 'int32')))),
  };
  const model = tf.sequential({ layers: [tf.layers.batchNormalization({ inputShape: [3] })] });
  const found: number[][] = [];
  const before = tf.memory().numTensors;
  for (const given of [images, rows]) {
    await estimateFromImages('calibrate', model, given, { batchSize: 32, seed: 3 });
    const [features] = await runInBatches(model, given, { batchSize: 32 });
    found.push([...features!.dataSync()]);
    features!.dispose();
  }
  expect(found[0]).toEqual(found[1]);
  expect(tf.memory().numTensors).toBe(before);
});
