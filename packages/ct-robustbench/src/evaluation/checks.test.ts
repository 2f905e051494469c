// Models that deceive an attack, and images that could spoil one.
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttackSettings, AutoAttackOptions, AutoAttackResult } from '../index.js';
import { autoAttack } from '../index.js';
import type { LinearSetting } from '../../test/linearModel.js';
import { linearSetting } from '../../test/linearModel.js';

const quick = {
  square: { queries: 300 },
  'apgd-ce': { iterations: 10 },
  'apgd-t': { iterations: 10 },
  'fab-t': { iterations: 5 },
} satisfies AttackSettings;

describe('checks', () => {
  let setting: LinearSetting;
  const codes = async (
    model: (x: tf.Tensor) => tf.Tensor,
    options: Partial<AutoAttackOptions> = {},
  ): Promise<{ codes: string[]; result: AutoAttackResult }> => {
    const result = await autoAttack(model, setting.images, setting.labels, {
      norm: 'Linf',
      eps: 0.012,
      ...(options.attacks === undefined && { settings: quick }),
      ...options,
    });
    result.adversarial.dispose();
    return { codes: result.warnings.map(({ code }) => code).filter((code) => code !== 'too-few-classes'), result };
  };
  beforeAll(async () => {
    await tf.setBackend('cpu');
    setting = linearSetting(16);
  });
  afterAll(() => setting.dispose());

  it('an honest model raises none', async () => {
    expect((await codes(setting.model)).codes).toEqual([]);
  });

  it('probabilities in place of logits are flagged', async () => {
    expect((await codes((x) => tf.softmax(setting.model(x) as tf.Tensor2D))).codes).toContain('probabilities');
  });

  it('a randomised model is flagged, and not under version rand', async () => {
    let seed = 1;
    const model = (x: tf.Tensor): tf.Tensor =>
      tf.add(setting.model(x), tf.mul(0.05, tf.randomNormal([x.shape[0]!, 5], 0, 1, 'float32', seed++)));
    expect((await codes(model)).codes).toContain('randomised');
    expect(
      (
        await codes(model, {
          version: 'rand',
          settings: { 'apgd-ce': { iterations: 3 }, 'apgd-dlr': { iterations: 3 } },
        })
      ).codes,
    ).toEqual([]);
  });

  it('masked gradients are flagged: they are zero, and square beats them', async () => {
    // Rounding has the gradient zero everywhere.
    const model = (x: tf.Tensor): tf.Tensor => setting.model(tf.div(tf.round(tf.mul(x, 255)), 255));
    const { codes: found, result } = await codes(model);
    expect(found).toContain('zero-gradient');
    expect(found).toContain('square-beats-gradients');
    expect(result.robustAccuracy).toBeLessThan(result.accuracyAfter['fab-t']!);
  });

  it('a model that takes gradients of its own is flagged', async () => {
    const model = (x: tf.Tensor): tf.Tensor => {
      tf.grad((y) => tf.sum(y))(x);
      return setting.model(x);
    };
    const gradientsOf = (engine: unknown): unknown => (engine as { gradients: unknown }).gradients;
    const before = gradientsOf(tf.engine());
    expect((await codes(model)).codes).toContain('dynamic');
    expect(Object.hasOwn(tf.engine(), 'gradients')).toBe(false);
    expect(gradientsOf(tf.engine())).toBe(before);
  });

  it('too few classes are an error where a loss needs more, and a warning where targets are fewer', async () => {
    const three = (x: tf.Tensor): tf.Tensor => tf.slice(setting.model(x), [0, 0], [-1, 3]);
    const attack = (model: (x: tf.Tensor) => tf.Tensor, options: Partial<AutoAttackOptions> = {}): Promise<unknown> =>
      autoAttack(model, setting.images, new Int32Array(16), { norm: 'Linf', eps: 0.012, ...options });
    await expect(attack(three)).rejects.toThrow(/apgd-t needs at least 4 classes for its loss, got 3/);
    const two = (x: tf.Tensor): tf.Tensor => tf.slice(setting.model(x), [0, 0], [-1, 2]);
    await expect(attack(two, { version: 'custom', attacks: ['apgd-dlr'] })).rejects.toThrow(
      /apgd-dlr needs at least 3 classes/,
    );
    const { warnings } = (await codes(setting.model)).result;
    expect(warnings.map(({ message }) => message)).toEqual([
      'apgd-t tries 4 targets, not 9: there are 5 classes',
      'fab-t tries 4 targets, not 9: there are 5 classes',
    ]);
  });

  it('an image with NaN is reported and changes nothing for the others', async () => {
    const pixels = Float32Array.from(await setting.images.data());
    const clean = await codes(setting.model);
    pixels[3 * 100 + 17] = NaN;
    const images = tf.tensor4d(pixels, setting.images.shape);
    const result = await autoAttack(setting.model, images, setting.labels, {
      norm: 'Linf',
      eps: 0.012,
      settings: quick,
    });
    expect(result.warnings.map(({ message }) => message).join()).toContain(
      '1 images hold NaN or infinite values and count as not robust: numbers 3',
    );
    expect(result.robust[3]).toBe(false);
    expect(result.robust.filter((_, row) => row !== 3)).toEqual(clean.result.robust.filter((_, row) => row !== 3));
    const values = await result.adversarial.data();
    expect([...values].filter(Number.isNaN).length).toBe(1);
    tf.dispose([images, result.adversarial]);
  });

  it('a model that answers NaN near some images loses those images only', async () => {
    // Image 0 turns NaN as soon as it is touched.
    const first = await tf.slice(setting.images, [0, 0, 0, 0], [1, 10, 10, 1]).data<'float32'>();
    const model = (x: tf.Tensor): tf.Tensor => {
      const pixels = x.dataSync<'float32'>();
      const poison = Float32Array.from({ length: x.shape[0]! }, (_, row) => {
        const distance = first.reduce((sum, value, i) => sum + Math.abs(value - pixels[100 * row + i]!), 0);
        return distance > 1e-4 && distance < 1.5 ? NaN : 0;
      });
      return tf.add(setting.model(x), tf.tensor2d(poison, [poison.length, 1]));
    };
    const clean = await codes(setting.model, { version: 'custom', attacks: ['apgd-ce'] });
    const { codes: found, result } = await codes(model, { version: 'custom', attacks: ['apgd-ce'] });
    expect(found).toContain('non-finite');
    expect(result.robust[0]).toBe(false);
    expect(result.robust.slice(1)).toEqual(clean.result.robust.slice(1));
  });
});
