// Images may come in any form that data has: as a batch, as images and labels, batch by batch, or as a data set.
import '@tensorflow/tfjs-backend-cpu';
import type { Batch, DataSet } from '@curvature-tuning/data';
import { dataSet } from '@curvature-tuning/data';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AttackProgress, CorruptedBatchesOptions, CorruptionProgress, Progress } from '../src/index.js';
import { autoAttack, benchmark, corruptedBatches, evaluateCorruptions, robustScore } from '../src/index.js';
import { linearSetting } from './linearModel.js';

const COUNT = 12;
let setting: ReturnType<typeof linearSetting>;
let lazy: DataSet;
let before: number;
beforeAll(async () => {
  await tf.setBackend('cpu');
  setting = linearSetting(COUNT);
  const pixels = await setting.images.data<'float32'>();
  const shape = setting.images.shape.slice(1);
  const size = pixels.length / COUNT;
  lazy = dataSet({
    labels: setting.labels,
    classes: Array.from({ length: 1 + Math.max(...setting.labels) }, (_, k) => `${k}`),
    read: (index) => ({ values: pixels.subarray(index * size, (index + 1) * size), shape }),
  });
  before = tf.memory().numTensors;
});
afterAll(() => setting.dispose());

/** A stream of batches of five. */
const stream = (): AsyncIterable<Batch> => lazy.batches(5);
const shortly = {
  eps: 0.004,
  version: 'custom',
  attacks: ['apgd-ce', 'fgsm'],
  settings: { 'apgd-ce': { iterations: 5 } },
} as const;
const quick = { norm: 'Linf', ...shortly } as const;

it('autoAttack finds the same in every form, and leaves nothing', async () => {
  const { images, labels, model } = setting;
  const expected = await autoAttack(model, images, labels, quick);
  for (const examples of [{ images, labels }, lazy, stream()]) {
    const found = await autoAttack(model, examples, quick);
    expect(found.dataHash).toBe(expected.dataHash);
    expect(found.robust).toEqual(expected.robust);
    expect(await found.adversarial.data()).toEqual(await expected.adversarial.data());
    found.adversarial.dispose();
  }
  expected.adversarial.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('benchmark, robustScore and corruptedBatches too, the first few or all', async () => {
  const { images, labels, model } = setting;
  const forms = [{ images, labels }, lazy, stream()];
  const options = { dataset: 'x', threat: 'Linf', n: 7, ...shortly } as const;
  const records = await Promise.all(forms.map((examples) => benchmark(model, examples, options)));
  expect(records[0]!.images).toBe(7);
  expect(records).toEqual([records[0], records[0], records[0]]);
  const scores = await Promise.all(forms.map((examples) => robustScore(examples, { ...quick, n: 7 })(model, 1)));
  expect(scores).toEqual([scores[0], scores[0], scores[0]]);
  const corrupted = await Promise.all(
    forms.map((examples) =>
      evaluateCorruptions(model, corruptedBatches(examples, { types: ['fog'], severities: [3] })),
    ),
  );
  expect(corrupted[0]!.images.fog![2]).toBe(COUNT);
  expect(corrupted).toEqual([corrupted[0], corrupted[0], corrupted[0]]);
  expect(tf.memory().numTensors).toBe(before);
});

it('what is read is refused by name, and freed', async () => {
  const { model } = setting;
  await expect(autoAttack(model, lazy.take(0), quick)).rejects.toThrow(
    'autoAttack: examples must hold at least one image, got none',
  );
  const bright = lazy.map(({ values, shape }) => ({ values: Float32Array.from(values, (x) => 255 * x), shape }));
  await expect(autoAttack(model, bright, quick)).rejects.toThrow('autoAttack: pixels must lie in [0, 1]');
  await expect(benchmark(model, bright, { dataset: 'x', threat: 'Linf', ...shortly })).rejects.toThrow(
    'autoAttack: pixels must lie in [0, 1]',
  );
  expect(() => robustScore(lazy, { ...quick, n: 13 })).toThrow(
    'robustScore: n must be a whole number in [1, 12], the number of images, got 13',
  );
  await expect(robustScore(stream(), { ...quick, n: 13 })(model, 1)).rejects.toThrow('the number of images, got 13');
  expect(tf.memory().numTensors).toBe(before);
});

describe('progress', () => {
  function expectToRise(seen: readonly Progress[], total: number): void {
    expect(seen[0]).toMatchObject({ done: 0, total, secondsLeft: null });
    expect(seen.at(-1)).toMatchObject({ done: total, total, secondsLeft: 0 });
    seen.forEach(({ done }, i) => expect(done).toBeGreaterThanOrEqual(seen[i - 1]?.done ?? 0));
    seen.forEach((one) => expect([one.total, one.done <= total]).toEqual([total, true]));
  }

  it('counts images times attacks, the clean images first, up to all of them', async () => {
    const seen: AttackProgress[] = [];
    const state: { bytes?: Uint8Array } = {};
    const options = {
      ...quick,
      batchSize: 5,
      onProgress: (one: AttackProgress): void => void seen.push(one),
      state: {
        read: () => Promise.resolve(state.bytes),
        write: (bytes: Uint8Array) => Promise.resolve(void (state.bytes = bytes)),
      },
    };
    (await autoAttack(setting.model, lazy, options)).adversarial.dispose();
    expectToRise(seen, 36);
    const steps = seen.map(({ phase, done, imagesDone, images }) => [phase, done, imagesDone, images]);
    expect(steps).toContainEqual(['clean', 5, 5, 12]);
    expect(steps).toContainEqual(['apgd-ce', 12, 0, 12]);
    expect(steps).toContainEqual(['apgd-ce', 17, 5, 12]);
    expect(seen.at(-1)).toMatchObject({ phase: 'fgsm', attacksDone: 1 });
    // Of a run that is found done, the end alone.
    seen.length = 0;
    (await autoAttack(setting.model, lazy, options)).adversarial.dispose();
    expect(seen).toMatchObject([{ phase: 'fgsm', done: 36, total: 36, secondsLeft: 0 }]);
  });

  it('counts corrupted images, of a stream without knowing how many there are', async () => {
    const seen: CorruptionProgress[] = [];
    const onProgress = (one: CorruptionProgress): void => void seen.push(one);
    const some = { types: ['fog', 'contrast'], severities: [1, 5] } satisfies CorruptedBatchesOptions;
    await evaluateCorruptions(setting.model, corruptedBatches(lazy, some), { onProgress });
    expectToRise(seen, 2 * 2 * COUNT);
    expect(seen.map(({ phase, severity }) => [phase, severity])).toEqual([
      ['corruptions', undefined],
      ['fog', 1],
      ['fog', 5],
      ['contrast', 1],
      ['contrast', 5],
    ]);
    seen.length = 0;
    await evaluateCorruptions(setting.model, corruptedBatches(stream(), some), { onProgress });
    expect(seen.at(-2)).toMatchObject({ done: 4 * COUNT, total: null, secondsLeft: null });
    expect(seen.at(-1)).toMatchObject({ done: 4 * COUNT, total: 4 * COUNT, secondsLeft: 0 });
  });
});
