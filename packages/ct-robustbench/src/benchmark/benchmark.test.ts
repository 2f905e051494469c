import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AutoAttackOptions } from '../index.js';
import { autoAttack, benchmark, wilsonInterval } from '../index.js';
import {
  fileState,
  loadAdversarialExamples,
  logFile,
  readRecords,
  saveAdversarialExamples,
  writeRecord,
} from '../node.js';
import { smallRecordOf } from '../../test/smallAttack.js';
import { settingInFolder } from '../../test/settingInFolder.js';

const quick = {
  version: 'custom',
  attacks: ['apgd-t'],
  settings: { 'apgd-t': { iterations: 20 } },
} satisfies Partial<AutoAttackOptions>;

describe('benchmark', () => {
  const made = settingInFolder(12);
  let { setting, folder } = made;
  beforeAll(() => void ({ setting, folder } = made));

  it('Wilson intervals equal published values to 5e-4', () => {
    // Agresti & Coull 1998 and R's prop.test(correct = FALSE).
    for (const [successes, n, low, high] of [
      [0, 10, 0, 0.2775],
      [5, 10, 0.2366, 0.7634],
      [81, 263, 0.2553, 0.3662],
    ] as const) {
      const interval = wilsonInterval(successes, n);
      expect(Math.abs(interval[0] - low)).toBeLessThan(5e-4);
      expect(Math.abs(interval[1] - high)).toBeLessThan(5e-4);
    }
    expect(() => wilsonInterval(3, 2)).toThrow(/successes must lie in \[0, n\]/);
  });

  it('an attack record has the fields of RobustBench', async () => {
    const before = tf.memory().numTensors;
    const record = await benchmark(
      setting.model,
      { images: setting.images, labels: setting.labels },
      {
        dataset: 'linear',
        threat: 'Linf',
        eps: 1 / 255,
        n: 10,
        model: { name: 'Line', architecture: 'linear', venue: 'none' },
        ...quick,
      },
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(record).toMatchObject({
      name: 'Line',
      dataset: 'linear',
      threat: 'Linf',
      eps: '1/255',
      clean_acc: '100.00',
      architecture: 'linear',
      images: 10,
    });
    const robust = setting
      .distances('Linf')
      .slice(0, 10)
      .filter((distance) => distance > 1 / 255).length;
    expect(Math.abs(Number(record.autoattack_acc) - 10 * robust)).toBeLessThanOrEqual(10);
    expect(record.robust_interval[0]).toBeLessThan(Number(record.autoattack_acc));
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
    await expect(
      benchmark(setting.model, { images: setting.images, labels: setting.labels }, { dataset: 'x', threat: 'L1' }),
    ).rejects.toThrow(/eps must be given for L1/);
    await expect(
      benchmark(
        setting.model,
        { images: setting.images, labels: setting.labels },
        { dataset: 'x', threat: 'L2', n: 13 },
      ),
    ).rejects.toThrow(/benchmark: n must be a whole number in \[1, 12\], the number of images, got 13/);
  });

  it('a corruption record too', async () => {
    async function* one(): AsyncGenerator<{ type: 'fog'; severity: number; images: tf.Tensor; labels: Int32Array }> {
      yield await Promise.resolve({
        type: 'fog',
        severity: 1,
        images: tf.clone(setting.images),
        labels: setting.labels,
      });
    }
    const record = await benchmark(
      setting.model,
      { images: setting.images, labels: setting.labels },
      { dataset: 'linear', threat: 'corruptions', corrupted: one() },
    );
    expect(record).toMatchObject({
      eps: null,
      clean_acc: '100.00',
      corruptions_acc: '100.00',
      corruptions_mce: '0.00',
    });
    expect(record.warnings).toEqual([
      { code: 'missing-corruptions', message: '1 of 15 corruption types were evaluated' },
    ]);
  });

  it('records go to a folder and come back', async () => {
    await writeRecord(join(folder, 'records'), 'b', smallRecordOf('b', '1'));
    await writeRecord(join(folder, 'records'), 'a', smallRecordOf('a', '2'));
    expect((await readRecords(join(folder, 'records'))).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(readdirSync(join(folder, 'records'))).toEqual(['a.json', 'b.json']);
  });

  it('adversarial examples go to a file and come back, with the same predictions', async () => {
    const result = await autoAttack(setting.model, setting.images, setting.labels, {
      norm: 'Linf',
      eps: 0.01,
      ...quick,
    });
    const path = join(folder, 'examples.safetensors');
    await saveAdversarialExamples(path, result, setting.labels);
    const loaded = await loadAdversarialExamples(path);
    expect(await loaded.adversarial.data()).toEqual(await result.adversarial.data());
    expect(loaded.robust).toEqual(result.robust);
    expect(loaded.metadata).toMatchObject({ norm: 'Linf', eps: '0.01', dataHash: result.dataHash });
    const predicted = tf.tidy(() => tf.argMax(setting.model(loaded.adversarial), 1));
    expect([...(await predicted.data())]).toEqual([...loaded.predictions]);
    expect(loaded.predictions.filter((predicted, i) => predicted === setting.labels[i]).length).toBe(
      result.robust.filter(Boolean).length,
    );
    tf.dispose([result.adversarial, loaded.adversarial, predicted]);
  });

  it('a state file resumes a run, and a log file keeps its lines', async () => {
    const state = fileState(join(folder, 'deep', 'state.safetensors'));
    const controller = new AbortController();
    const options = { norm: 'Linf', eps: 0.004, ...quick, batchSize: 3, state } satisfies AutoAttackOptions;
    await expect(
      autoAttack(setting.model, setting.images, setting.labels, {
        ...options,
        signal: controller.signal,
        onProgress: ({ phase, imagesDone }) =>
          phase !== 'clean' && imagesDone === 6 && controller.abort(new Error('killed')),
      }),
    ).rejects.toThrow('killed');
    const done: number[] = [];
    const resumed = await autoAttack(setting.model, setting.images, setting.labels, {
      ...options,
      log: logFile(join(folder, 'log', 'run.txt')),
      onProgress: ({ imagesDone, images }) => imagesDone > 0 && done.push(imagesDone / images),
    });
    const whole = await autoAttack(setting.model, setting.images, setting.labels, {
      ...options,
      state: { read: () => Promise.resolve(undefined), write: () => Promise.resolve() },
    });
    expect(done.length).toBeLessThan(4);
    expect(resumed.robust).toEqual(whole.robust);
    expect(await resumed.adversarial.data()).toEqual(await whole.adversarial.data());
    expect(readFileSync(join(folder, 'log', 'run.txt'), 'utf8')).toMatch(/resumed after clean\n/);
    tf.dispose([resumed.adversarial, whole.adversarial]);
  });
});
