/** The loss of a step of training in one kernel, on cards. */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { CROSS_ENTROPY, CROSS_ENTROPY_GRAD } from '../src/index.js';
import '../src/kernels/webgl.js';
import '../src/kernels/webgpu.js';

/** [examples, classes], with odd ones of both, one of each, and more classes than a texel's row. */
const SHAPES: [number, number][] = [
  [1, 1],
  [1, 3],
  [5, 2],
  [7, 5],
  [32, 10],
  [3, 1001],
];

describe.each(['webgpu', 'webgl'])('on %s', (backend) => {
  beforeAll(async () => {
    expect(await tf.setBackend(backend)).toBe(true);
  });

  it.each(SHAPES)('%i examples of %i classes: as in float64 to 1e-6, counts exactly', async (examples, classes) => {
    const logits = tf.randomNormal([examples, classes], 0, 4, 'float32', 1);
    const z = await logits.data();
    const labels = Array.from({ length: examples }, (_, i) => (3 * i) % classes);
    const dy = 0.7;
    const { scores, dlogits } = run(logits, labels, dy);
    const [loss, hits] = await scores.data();
    let [exactLoss, exactHits] = [0, 0];
    const gradient: number[] = [];
    for (let i = 0; i < examples; i++) {
      const row = [...z.slice(i * classes, (i + 1) * classes)];
      const most = Math.max(...row);
      const sum = row.reduce((s, v) => s + Math.exp(v - most), 0);
      exactLoss += (Math.log(sum) + most - row[labels[i]!]!) / examples;
      exactHits += Number(row.indexOf(most) === labels[i]);
      row.forEach((v, j) => gradient.push((dy * (Math.exp(v - most) / sum - Number(j === labels[i]))) / examples));
    }
    expect(Math.abs(loss! - exactLoss) / Math.max(1, exactLoss)).toBeLessThan(1e-6);
    expect(hits).toBe(exactHits);
    (await dlogits.data()).forEach((v, i) => expect(Math.abs(v - gradient[i]!)).toBeLessThan(1e-6));
  });

  it('counts the first of equal logits, and has a loss where one is far above the others', async () => {
    const logits = tf.tensor2d([1, 1, 0, 0, 2, 2, 500, -500, 0], [3, 3]);
    const { scores } = run(logits, [1, 1, 1], 1);
    const [loss, hits] = await scores.data();
    expect(hits).toBe(1);
    const exact = (Math.log(2 + Math.exp(-1)) + Math.log(2 + Math.exp(-2)) + 1000) / 3;
    expect(Math.abs(loss! - exact) / exact).toBeLessThan(1e-6);
  });

  it.each([NaN, Infinity])('has no finite loss where a logit is %d', async (bad) => {
    for (const at of [0, 1, 3]) {
      const values = [0.1, 0.2, 0.3, 0.4];
      values[at] = bad;
      const { scores } = run(tf.tensor2d(values, [2, 2]), [0, 1], 1);
      const [loss] = await scores.data();
      expect(Number.isFinite(loss), `entry ${at}`).toBe(false);
    }
  });
});

function run(
  logits: tf.Tensor2D | tf.Tensor,
  classNumbers: number[],
  factor: number,
): Record<'scores' | 'dlogits', tf.Tensor> {
  const labels = tf.tensor1d(classNumbers, 'int32');
  const kernel = (name: string, inputs: tf.NamedTensorMap): unknown => tf.engine().runKernel(name, inputs);
  const [scores, rows] = kernel(CROSS_ENTROPY, { logits, labels }) as [tf.Tensor, tf.Tensor];
  const dlogits = kernel(CROSS_ENTROPY_GRAD, { dy: tf.scalar(factor), logits, labels, rows }) as tf.Tensor;
  return { scores, dlogits };
}
