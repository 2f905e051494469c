import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { linearSetting } from '../../test/linearModel.js';
import type { AutoAttackOptions } from '../index.js';
import { robustScore } from '../index.js';

const quick = {
  version: 'custom',
  attacks: ['apgd-t'],
  settings: { 'apgd-t': { iterations: 20 } },
} satisfies Partial<AutoAttackOptions>;

beforeAll(() => tf.setBackend('cpu'));

describe('robustScore', () => {
  it('is the robust accuracy, and keeps clean beside it', async () => {
    const setting = linearSetting(12);
    const seen: (number | null)[] = [];
    const score = robustScore(
      { images: setting.images, labels: setting.labels },
      { norm: 'Linf', eps: 0.004, n: 8, ...quick, onScore: ({ beta }) => seen.push(beta) },
    );
    const before = tf.memory().numTensors;
    const robust = await score(setting.model, 0.9);
    expect(tf.memory().numTensors).toBe(before);
    expect(
      Math.abs(
        robust * 8 -
          setting
            .distances('Linf')
            .slice(0, 8)
            .filter((d) => d > 0.004).length,
      ),
    ).toBeLessThanOrEqual(1);
    expect(score.history).toEqual([{ beta: 0.9, cleanAccuracy: 1, robustAccuracy: robust }]);
    expect(score.protocol).toBe('strict');
    expect(seen).toEqual([0.9]);
    setting.dispose();
  });

  it("protocol 'paper' attacks normalised, clipped images, as the authors do, and says so", async () => {
    const setting = linearSetting(12);
    // The model wants normalised images.
    const model = (x: tf.Tensor): tf.Tensor => setting.model(tf.add(tf.mul(x, 0.1), 0.5));
    const score = robustScore(
      { images: setting.images, labels: setting.labels },
      { norm: 'Linf', eps: 0.004, protocol: 'paper', mean: [0.5], std: [0.1], ...quick },
    );
    const robust = await score(model, 1);
    expect(score.protocol).toBe('paper');
    // Not clipped, all are right; pixels below the mean are lost to the attack's clipping.
    expect(score.history[0]!.cleanAccuracy).toBe(1);
    expect(robust).toBeLessThan(1);
    expect(() =>
      robustScore({ images: setting.images, labels: setting.labels }, { norm: 'Linf', eps: 0.1, protocol: 'paper' }),
    ).toThrow(/'paper' needs mean and std/);
    setting.dispose();
  });
});
