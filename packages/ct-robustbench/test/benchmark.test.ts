import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AutoAttackOptions, RobustBenchRecord } from '../src/index.js';
import { autoAttack, benchmark, leaderboard, robustScore, wilsonInterval } from '../src/index.js';
import {
  fileState,
  loadAdversarialExamples,
  logFile,
  readRecords,
  saveAdversarialExamples,
  writeRecord,
} from '../src/node.js';
import { linearSetting } from './linearModel.js';
import { settingInFolder } from './settingInFolder.js';

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

  const record = (name: string, autoattack_acc: string, more: Partial<RobustBenchRecord> = {}): RobustBenchRecord => ({
    name,
    dataset: 'cifar10',
    threat: 'Linf',
    eps: '8/255',
    clean_acc: '90.00',
    autoattack_acc,
    images: 1000,
    seed: 0,
    clean_interval: [88, 92],
    robust_interval: [50, 56.5],
    warnings: [],
    data_hash: '',
    ...more,
  });

  it('the leaderboard sorts by robust accuracy, one table for each threat, in Markdown and HTML', () => {
    const records = [
      record('weak', '53.00'),
      record('A|B <i>', '60.00', { unreliable: true }),
      record('other', '70.00', { threat: 'L2', eps: '0.5' }),
    ];
    expect(leaderboard(records)).toBe(
      [
        '## cifar10, Linf, eps = 8/255',
        '',
        '| Rank | Method | Clean, % | Robust, % (95 % interval) | Images | Architecture | Venue |',
        '| --- | --- | --- | --- | --- | --- | --- |',
        '| 1 | A\\|B <i> | 90.00 | 60.00 † (50.0 to 56.5) | 1000 |  |  |',
        '| 2 | weak | 90.00 | 53.00 (50.0 to 56.5) | 1000 |  |  |',
        '',
        '## cifar10, L2, eps = 0.5',
        '',
        '| Rank | Method | Clean, % | Robust, % (95 % interval) | Images | Architecture | Venue |',
        '| --- | --- | --- | --- | --- | --- | --- |',
        '| 1 | other | 90.00 | 70.00 (50.0 to 56.5) | 1000 |  |  |',
        '',
      ].join('\n'),
    );
    const html = leaderboard(records, { format: 'html' });
    expect(html).toContain('<td>A|B &lt;i&gt;</td>');
    expect(html.match(/<table>/g)).toHaveLength(2);
    expect(() => leaderboard([])).toThrow(/leaderboard: records must be a list of at least 1/);
  });

  it('records go to a folder and come back', async () => {
    await writeRecord(join(folder, 'records'), 'b', record('b', '1'));
    await writeRecord(join(folder, 'records'), 'a', record('a', '2'));
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
        onProgress: ({ imagesDone }) => imagesDone === 6 && controller.abort(new Error('killed')),
      }),
    ).rejects.toThrow('killed');
    const done: number[] = [];
    const resumed = await autoAttack(setting.model, setting.images, setting.labels, {
      ...options,
      log: logFile(join(folder, 'log', 'run.txt')),
      onProgress: ({ imagesDone, images }) => done.push(imagesDone / images),
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

describe('robustScore', () => {
  it('is the robust accuracy, and keeps clean beside it', async () => {
    const setting = linearSetting(12);
    const seen: number[] = [];
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
