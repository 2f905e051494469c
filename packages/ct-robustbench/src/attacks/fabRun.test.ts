import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import type { LinearSetting } from '../../test/linearModel.js';
import { CLASSES, linearBatch, linearContext } from '../../test/linearModel.js';
import type { Norm } from '../geometry/norm.js';
import { distance } from '../geometry/norm.js';
import type { AttackBatch, AttackContext } from './attackBatch.js';
import { FabRun } from './fabRun.js';

const COUNT = 6;
let setting: LinearSetting;
let batch: AttackBatch;
beforeAll(async () => void ({ setting, batch } = await linearBatch(COUNT)));

const context = (norm: Norm, eps: number): AttackContext => linearContext(setting, norm, eps);

describe.each<Norm>(['Linf', 'L2', 'L1'])('FabRun in %s', (norm) => {
  it('finds the distance to the nearest boundary of a linear model, to 3 %, and never less', async () => {
    const made = new FabRun(context(norm, 1), batch, undefined, CLASSES);
    const { adversarial, fooled } = await made.finish(20);
    setting.distances(norm).forEach((exact, row) => {
      expect(made.norms[row]! / exact).toBeGreaterThan(1 - 1e-4);
      expect(made.norms[row]! / exact).toBeLessThan(1.03);
      expect(fooled[row]).toBe(1);
      const [from, to] = [100 * row, 100 * (row + 1)];
      const moved = distance(norm, adversarial.subarray(from, to), batch.images.subarray(from, to));
      expect(Math.abs(moved / made.norms[row]! - 1)).toBeLessThan(1e-4);
    });
  });

  it('counts nobody as fooled beyond eps', async () => {
    const distances = setting.distances(norm);
    const eps = [...distances].sort((a, b) => a - b)[COUNT / 2]! * 1.05;
    const { fooled } = await new FabRun(context(norm, eps), batch, undefined, CLASSES).finish(20);
    distances.forEach((exact, row) => {
      if (exact > eps) expect(fooled[row]).toBe(0);
    });
    expect(fooled.some((one) => one === 1)).toBe(true);
  });

  it('drives images to the classes that they are given', async () => {
    const targets = batch.labels.map((label) => (label + 1) % CLASSES);
    const made = new FabRun(context(norm, 10), batch, targets, CLASSES);
    await made.finish(20);
    // No nearer than the nearest of all.
    setting.distances(norm).forEach((exact, row) => expect(made.norms[row]! / exact).toBeGreaterThan(1 - 1e-4));
  });

  it('starts some variants at half of eps, by their seed', async () => {
    const eps = 0.2;
    const starts = async (moves: boolean): Promise<Float32Array> => {
      const made = new FabRun(context(norm, eps), batch, undefined, CLASSES);
      made.startAtRandom('test', () => moves);
      return (await made.finish(1)).adversarial;
    };
    expect(await starts(true)).toEqual(await starts(true));
    expect(await starts(true)).not.toEqual(await starts(false));
  });
});
