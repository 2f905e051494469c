// Sets that do not fit in memory: of a data set ten times the heap, the images that are attacked alone are read.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { inSmallHeap } from '../../../tools/vitest/suites/inSmallHeap.mjs';

const HEAP_MB = 48;
const SIDE = 64;
const COUNT = Math.ceil((10 * HEAP_MB * 2 ** 20) / (4 * SIDE * SIDE * 3));
const ATTACKED = 20;

const PROGRAM = `
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { dataSet } from '@curvature-tuning/data';
import { autoAttack, benchmark, robustScore } from './dist/index.js';

await tf.setBackend('wasm');
const side = ${SIDE};
let read = 0;
const set = dataSet({
  labels: Int32Array.from({ length: ${COUNT} }, (_, i) => i % 3),
  classes: ['dark', 'middle', 'light'],
  read: (i) => {
    read++;
    return {
      values: new Uint8Array(side * side * 3).fill((i % 3) * 100 + (i * 7919) % 50),
      shape: [side, side, 3],
    };
  },
});
const levels = tf.tensor2d([[0, 0.4, 0.8]]);
// Of which level a pixel is nearest on the mean.
const model = (x) => tf.neg(tf.square(tf.sub(tf.reshape(tf.mean(x, [1, 2, 3]), [-1, 1]), tf.add(levels, 0.1))));
const before = tf.memory().numTensors;
const attack = { version: 'custom', attacks: ['apgd-ce'], settings: { 'apgd-ce': { iterations: 5 } } };
const score = robustScore(set, { norm: 'Linf', eps: 1 / 255, n: ${ATTACKED}, ...attack });
const scored = await score(model, 0.9);
const record = await benchmark(model, set, { dataset: 'large', threat: 'Linf', eps: 0.3, n: ${ATTACKED}, ...attack });
const { adversarial, robustAccuracy } = await autoAttack(model, set.take(${ATTACKED}), {
  norm: 'Linf', eps: 0.3, ...attack,
});
adversarial.dispose();
console.log(JSON.stringify({ read, scored, benchmarked: Number(record.autoattack_acc), robustAccuracy,
  images: record.images, left: tf.memory().numTensors - before, megabytes: process.resourceUsage().maxRSS / 1024 }));
`;

it(`attacks the first images of a set of ${10 * HEAP_MB} MB in a heap of ${HEAP_MB}, and reads no others`, async () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const found = await inSmallHeap<Record<string, number>>(root, HEAP_MB, PROGRAM);
  expect(found).toMatchObject({ images: ATTACKED, read: 3 * ATTACKED, scored: 1, left: 0 });
  expect(found.robustAccuracy).toBeLessThan(0.5);
  expect(found.benchmarked! / 100).toBeCloseTo(found.robustAccuracy!, 3);
  expect(found.megabytes).toBeLessThan(5 * HEAP_MB + 150);
});
