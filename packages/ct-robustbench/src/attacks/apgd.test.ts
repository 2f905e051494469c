import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LinearSetting } from '../../test/linearModel.js';
import { linearBatch, linearContext } from '../../test/linearModel.js';
import type { Norm } from '../geometry/norm.js';
import { distance } from '../geometry/norm.js';
import type { AttackBatch, AttackContext } from './attackBatch.js';
import { apgd, apgdFromRandom, earlySteps } from './apgd.js';

const COUNT = 8;
let setting: LinearSetting;
let batch: AttackBatch;
beforeAll(async () => void ({ setting, batch } = await linearBatch(COUNT)));

const context = (norm: Norm, eps: number, more?: Partial<AttackContext>): AttackContext =>
  linearContext(setting, norm, eps, more);

const goal = { name: 'test', loss: 'ce' } as const;

describe.each<Norm>(['Linf', 'L2', 'L1'])('apgd in %s', (norm) => {
  it('stays in the ball and the pixel range, larger balls on the way or not', async () => {
    const eps = [...setting.distances(norm)].sort((a, b) => a - b)[COUNT / 2]!;
    for (const largerEps of [false, true]) {
      const { adversarial, fooled } = await apgdFromRandom(context(norm, eps), batch, goal, {
        iterations: 12,
        largerEps,
      });
      for (let row = 0; row < COUNT; row++) {
        const [from, to] = [100 * row, 100 * (row + 1)];
        const moved = distance(norm, adversarial.subarray(from, to), batch.images.subarray(from, to));
        expect(moved).toBeLessThan(eps * (1 + 1e-5));
        if (fooled[row] === 0) expect(moved).toBe(0);
      }
      expect(adversarial.every((value) => value >= 0 && value <= 1)).toBe(true);
    }
  });

  it('names its random start by seed, image and name: rows may stand in any order', async () => {
    const eps = Math.min(...setting.distances(norm)) * 1.2;
    const settings = { iterations: 2 };
    const whole = await apgdFromRandom(context(norm, eps), batch, goal, settings);
    const last = {
      images: batch.images.slice(-100),
      labels: batch.labels.slice(-1),
      ids: batch.ids.slice(-1),
      count: 1,
    };
    const alone = await apgdFromRandom(context(norm, eps), last, goal, settings);
    expect(alone.adversarial).toEqual(whole.adversarial.slice(-100));
    expect(alone.fooled[0]).toBe(whole.fooled[COUNT - 1]);
  });
});

it('restarts leave those alone that are fooled, and fool no fewer', async () => {
  const eps = [...setting.distances('Linf')].sort((a, b) => a - b)[COUNT / 2]! * 1.01;
  const passes: number[] = [];
  const counts = [];
  for (const restarts of [1, 4]) {
    const given = context('Linf', eps, { stopEarly: true });
    const { fooled } = await apgd(given, batch, goal, { iterations: 6, restarts });
    counts.push(fooled.reduce((a, b) => a + b, 0));
    passes.push(given.model.counts.backward);
  }
  expect(counts[1]).toBeGreaterThanOrEqual(counts[0]!);
  expect(passes[1]!).toBeLessThan(4 * passes[0]!);
});

it('averages gradients over so many draws, each a pass', async () => {
  const given = context('Linf', 1e-6);
  await apgdFromRandom(given, batch, goal, { iterations: 3, eotIterations: 5 });
  expect(given.model.counts.backward).toBe(5 * 4 * COUNT);
});

it('earlySteps: 30 % of the steps in each larger ball, the rest, at least none, in the ball', () => {
  expect([1, 10, 11, 100].map(earlySteps)).toEqual([1, 3, 4, 30]);
});
