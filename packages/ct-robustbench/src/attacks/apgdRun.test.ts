import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Norm } from '../geometry/norm.js';
import { AttackedModel } from '../model/attackedModel.js';
import { ApgdRun } from './apgdRun.js';
import type { ApgdRunSettings } from './apgdRun.js';
import type { AttackBatch, AttackContext } from './attackBatch.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** Logits (0, w·(x − 0.5)): the gradient of the loss of class 0 points along w. */
const WEIGHTS = [1, -2, 0.5];
const linear = (x: tf.Tensor): tf.Tensor =>
  tf.tidy(() => {
    const z = tf.matMul(tf.sub(x, 0.5) as tf.Tensor2D, tf.tensor2d(WEIGHTS, [3, 1]));
    return tf.concat([tf.zerosLike(z), z], 1);
  });

const image = Float32Array.of(0.3, 0.8, 0.4);
const batch: AttackBatch = { images: image, labels: Int32Array.of(0), ids: Int32Array.of(0), count: 1 };
const warnings: string[] = [];

function run(
  norm: Norm,
  settings: Partial<ApgdRunSettings> = {},
  model: (x: tf.Tensor) => tf.Tensor = linear,
): { made: ApgdRun; attacked: AttackedModel } {
  const attacked = new AttackedModel(model, [3]);
  const eps = settings.eps ?? 0.1;
  const context: AttackContext = {
    model: attacked,
    norm,
    eps,
    seed: 0,
    stopEarly: false,
    warn: (code) => warnings.push(code),
  };
  const common = {
    loss: 'ce',
    targets: undefined,
    iterations: 20,
    eotIterations: 1,
    rho: 0.75,
    start: image.slice(),
  } as const;
  return {
    made: new ApgdRun(context, batch, { ...common, eps, scheduleIterations: 20, continues: false, ...settings }),
    attacked,
  };
}

describe('ApgdRun', () => {
  it.each<[Norm, number[]]>([
    ['Linf', WEIGHTS.map((w) => 0.1 * Math.sign(w))],
    ['L2', WEIGHTS.map((w) => (0.1 * w) / Math.hypot(...WEIGHTS))],
    ['L1', [0, -0.1, 0]],
  ])('on a linear model in %s gets where the loss is largest, to 1e-3', async (norm, delta) => {
    const { made } = run(norm);
    await made.finish(false);
    delta.forEach((d, i) => expect(Math.abs(made.best[i]! - image[i]! - d)).toBeLessThan(1e-3));
    // ln(1 + e^z), for class 0 has the logit 0.
    const z = WEIGHTS.reduce((sum, w, i) => sum + w * (image[i]! + delta[i]! - 0.5), 0);
    expect(Math.abs(made.bestLoss[0]! - Math.log1p(Math.exp(z)))).toBeLessThan(2e-3);
    expect(made.stepSizes[0]!).toBeLessThan(0.2);
  });

  it('keeps the point that fools, and stops there if that is enough', async () => {
    // z is −1 at the image, and positive within 0.7 of it.
    for (const stopEarly of [true, false]) {
      const { made, attacked } = run('Linf', { eps: 0.45 });
      const { fooled, adversarial } = await made.finish(stopEarly);
      expect(fooled[0]).toBe(1);
      expect(WEIGHTS.reduce((sum, w, i) => sum + w * (adversarial[i]! - 0.5), 0)).toBeGreaterThan(0);
      expect(attacked.counts.backward < 21).toBe(stopEarly);
    }
  });

  it('clips where it starts, and begins there', async () => {
    const { made } = run('Linf', { iterations: 1, start: Float32Array.of(-1, 2, 0.4) });
    expect([...made.best]).toEqual([0, 1, Math.fround(0.4)]);
    await made.finish(false);
  });

  it('takes gradients that are not finite for 0, and says so once or more', async () => {
    warnings.length = 0;
    const broken = (x: tf.Tensor): tf.Tensor => tf.div(linear(x), tf.sub(x.sum(1, true), x.sum(1, true)));
    const { made } = run('Linf', { iterations: 2 }, broken);
    const { adversarial } = await made.finish(false);
    expect(adversarial.every(Number.isFinite)).toBe(true);
    expect(warnings).toContain('non-finite');
  });

  it('warns of a gradient of zero where the loss is not the cross-entropy', async () => {
    warnings.length = 0;
    const masked = (x: tf.Tensor): tf.Tensor => tf.add(tf.mul(linear(x), 0), tf.tensor2d([[3, 1]]));
    await run('Linf', { loss: 'dlr', iterations: 1 }, (x) => tf.concat([masked(x), masked(x)], 1)).made.finish(false);
    expect(warnings).toContain('zero-gradient');
  });
});
