// Sets that do not fit in memory: a process whose heap is a fifth of a data set trains on it as it is.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { inSmallHeap } from '../../../tools/vitest/suites/inSmallHeap.mjs';

const HEAP_MB = 48;
const SIDE = 128;
const COUNT = Math.ceil((5 * HEAP_MB * 2 ** 20) / (4 * SIDE * SIDE * 3));

const PROGRAM = `
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/activation/wasm';
import '@curvature-tuning/wasm-gradients';
import { dataSet } from '../ct-data/dist/index.js';
import { compareMethods } from './dist/index.js';

await tf.setBackend('wasm');
const side = ${SIDE};
const set = (length) => dataSet({
  labels: Int32Array.from({ length }, (_, i) => i % 2),
  classes: ['dark', 'light'],
  read: (i) => ({
    values: new Uint8Array(side * side * 3).fill((i % 2) * 150 + (i * 7919) % 100),
    shape: [side, side, 3],
  }),
});
const [train, validation, test] = [set(${COUNT}), set(200), set(200)];
const kernelInitializer = tf.initializers.randomUniform({ minval: -0.1, maxval: 0.1, seed: 1 });
const model = tf.sequential({ layers: [
  // Most of the time is then that of reading.
  tf.layers.averagePooling2d({ poolSize: 16, inputShape: [side, side, 3] }),
  tf.layers.conv2d({ filters: 4, kernelSize: 2, kernelInitializer }),
  tf.layers.batchNormalization(),
  tf.layers.activation({ activation: 'relu' }),
  tf.layers.globalAveragePooling2d({}),
  tf.layers.dense({ units: 2, kernelInitializer }),
] });
const before = tf.memory().numTensors;
const { rows } = await compareMethods(model, async () => ({ train, validation, test, id: 'large' }), {
  methods: ['tct', 'lora'], seeds: [42], rates: [1e-2], budget: { epochs: 1, batchSize: 64 },
});
console.log(JSON.stringify({
  compared: rows.map(({ method, testAccuracy }) => [method, testAccuracy.mean]),
  left: tf.memory().numTensors - before,
  megabytes: process.resourceUsage().maxRSS / 1024,
}));
`;

it(`compareMethods, and tune by it, take a set of ${5 * HEAP_MB} MB in a heap of ${HEAP_MB} MB`, async () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const found = await inSmallHeap<{
    compared: [method: string, accuracy: number][];
    left: number;
    megabytes: number;
  }>(root, HEAP_MB, PROGRAM);
  expect(found.compared.map(([method]) => method)).toEqual(['tct', 'lora']);
  for (const [method, accuracy] of found.compared) expect(accuracy, method).toBeGreaterThan(0.9);
  expect(found.left).toBe(0);
  expect(found.megabytes).toBeLessThan(5 * HEAP_MB + 150);
});
