import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LinearSetting } from '../../test/linearModel.js';
import { linearBatch, linearContext } from '../../test/linearModel.js';
import type { Norm } from '../geometry/norm.js';
import { distance } from '../geometry/norm.js';
import { AttackedModel } from '../model/attackedModel.js';
import type { AttackBatch, AttackContext } from './attackBatch.js';
import { fgsm, pgd } from './pgd.js';

const COUNT = 12;
let setting: LinearSetting;
let batch: AttackBatch;
beforeAll(async () => void ({ setting, batch } = await linearBatch(COUNT)));

const context = (norm: Norm, eps: number, stopEarly = true): AttackContext =>
  linearContext(setting, norm, eps, { seed: 3, stopEarly });

/** Distances from the clean images, and the most that a pixel is out of [0, 1]. */
function excess(norm: Norm, adversarial: Float32Array): { largest: number; outside: number } {
  const rows = Array.from({ length: COUNT }, (_, row) => [100 * row, 100 * (row + 1)] as const);
  return {
    largest: Math.max(...rows.map(([a, b]) => distance(norm, adversarial.subarray(a, b), batch.images.subarray(a, b)))),
    outside: Math.max(...Array.from(adversarial, (value) => Math.max(-value, value - 1, 0))),
  };
}

describe.each<['Linf' | 'L2', number]>([
  ['Linf', 0.01],
  ['L2', 0.1],
])('pgd in %s', (norm, eps) => {
  it('fools nobody whom the closed form does not allow, nearly all others, and stays in the ball', async () => {
    const distances = setting.distances(norm);
    const middle = [...distances].sort((a, b) => a - b)[COUNT / 2]!;
    const { fooled, adversarial } = await pgd(context(norm, middle), batch, { iterations: 30 });
    distances.forEach((needed, row) => {
      if (needed > middle * 1.001) expect(fooled[row]).toBe(0);
    });
    expect(fooled.reduce((a, b) => a + b, 0)).toBeGreaterThanOrEqual(COUNT / 2 - 2);
    const { largest, outside } = excess(norm, adversarial);
    expect(largest).toBeLessThan(middle * (1 + 1e-4));
    expect(outside).toBe(0);
  });

  it('is the same for a seed, and from the image itself without a random start', async () => {
    const run = (randomStart: boolean) => pgd(context(norm, eps), batch, { iterations: 3, randomStart });
    const [a, b, c] = [await run(true), await run(true), await run(false)];
    expect(a.adversarial).toEqual(b.adversarial);
    expect([...a.fooled]).toEqual([...b.fooled]);
    const images = { ...batch, ids: batch.ids.map((id) => id + 100) };
    expect((await pgd(context(norm, eps), images, { iterations: 3, randomStart: false })).adversarial).toEqual(
      c.adversarial,
    );
  });
});

describe('fgsm', () => {
  it.each<[Norm, (g: number[]) => number[]]>([
    ['Linf', (g) => g.map(Math.sign)],
    ['L2', (g) => g.map((v) => v / Math.hypot(...g))],
    ['L1', (g) => g.map((v) => (Math.abs(v) === Math.max(...g.map(Math.abs)) ? Math.sign(v) : 0))],
  ])('in %s is one step along the steepest direction, to 1e-5', async (norm, direction) => {
    // Two classes, of one weight each: the gradient of the loss of class 0 points to that of class 1.
    const w = [0.5, -2, 1, 0.25];
    const model = new AttackedModel(
      (x) =>
        tf.concat([tf.zeros([x.shape[0]!, 1]), tf.matMul(tf.sub(x, 0.5) as tf.Tensor2D, tf.tensor2d(w, [4, 1]))], 1),
      [4],
    );
    const images = Float32Array.of(0.5, 0.6, 0.4, 0.5);
    const one = { images, labels: Int32Array.of(0), ids: Int32Array.of(0), count: 1 };
    const eps = 0.2;
    const { fooled, adversarial } = await fgsm({ ...context(norm, eps), model }, one);
    expect(fooled[0]).toBe(1);
    direction(w).forEach((d, i) => expect(Math.abs(adversarial[i]! - images[i]! - eps * d)).toBeLessThan(1e-5));
  });

  it('takes a batch of nobody', async () => {
    const nobody = { images: new Float32Array(0), labels: new Int32Array(0), ids: new Int32Array(0), count: 0 };
    expect(await fgsm(context('Linf', 0.1), nobody)).toEqual({
      adversarial: new Float32Array(0),
      fooled: new Uint8Array(0),
    });
  });
});
