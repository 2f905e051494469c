// Every public function refuses arguments of a wrong kind, out of range or unknown, by their name: the tables are made
// from the schemas.
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import { refusals } from '@curvature-tuning/checks/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseArguments, serializeArguments } from '../src/evaluation/adversarialExamples.js';
import { examplesSchema, heldArguments, heldArguments4D } from '../src/data/testImages.js';
import { autoAttackArguments } from '../src/evaluation/autoAttack.js';
import { benchmarkArguments } from '../src/benchmark/benchmark.js';
import { corruptArguments } from '../src/corruptions/corrupt.js';
import { corruptedBatchesArguments, evaluateCorruptionsArguments } from '../src/corruptions/evaluateCorruptions.js';
import type { CorruptedBatch } from '../src/index.js';
import * as robustbench from '../src/index.js';
import {
  autoAttack,
  benchmark,
  corrupt,
  corruptedBatches,
  evaluateCorruptions,
  leaderboard,
  normalized,
  parseAdversarialExamples,
  robustScore,
  serializeAdversarialExamples,
  signTest,
  wilsonInterval,
} from '../src/index.js';
import { leaderboardArguments } from '../src/benchmark/leaderboard.js';
import * as node from '../src/node.js';
import {
  fileState,
  loadAdversarialExamples,
  logFile,
  readRecords,
  saveAdversarialExamples,
  writeRecord,
} from '../src/node.js';
import { loadArguments, saveArguments } from '../src/node/exampleFiles.js';
import { fileStateArguments } from '../src/node/fileState.js';
import { logFileArguments } from '../src/node/logFile.js';
import { readRecordsArguments, writeRecordArguments } from '../src/node/records.js';
import { normalizedArguments } from '../src/model/normalized.js';
import { robustScoreArguments, scoreArguments } from '../src/benchmark/robustScore.js';
import { signTestArguments } from '../src/benchmark/signTest.js';
import { wilsonArguments } from '../src/benchmark/wilson.js';
import { settingInFolder } from './settingInFolder.js';

describe('arguments', () => {
  const made = settingInFolder(3);
  let { setting, folder } = made;
  beforeAll(() => void ({ setting, folder } = made));

  const { covered, refuses } = refusals(() => tf.memory().numTensors);
  const record = { name: 'a', dataset: 'b', clean_acc: '90.00', autoattack_acc: '50.00' } as Parameters<
    typeof writeRecord
  >[2];
  const none = async function* (): AsyncGenerator<CorruptedBatch> {};
  const settings = { pgd: {}, 'apgd-ce': {}, 'apgd-dlr': {}, 'apgd-t': {}, fab: {}, 'fab-t': {}, square: {} };
  const examples = () => ({
    adversarial: setting.images as tf.Tensor,
    predictions: setting.labels,
    robust: [true, true, false],
    norm: 'Linf' as const,
    eps: 0.1,
    version: 'standard' as const,
    seed: 0,
    dataHash: '',
    robustAccuracy: 0.5,
  });

  it('autoAttack', async () => {
    const good = { model: setting.model, options: { norm: 'Linf' as const, eps: 0.1, settings } };
    const { images, labels } = setting;
    await refuses('autoAttack', autoAttackArguments, { good, atLeast: 550 }, ({ model, options }) =>
      autoAttack(model, images, labels, options),
    );
    await refuses('autoAttack', autoAttackArguments, { good, atLeast: 550 }, ({ model, options }) =>
      autoAttack(model, { images, labels }, options),
    );
    await refuses('autoAttack', heldArguments, { good: { images, labels }, atLeast: 30 }, (given) =>
      autoAttack(setting.model, given.images, given.labels, good.options),
    );
    await refuses('autoAttack', heldArguments, { good: { images, labels }, atLeast: 30 }, (given) =>
      autoAttack(setting.model, given, good.options),
    );
    await refuses('autoAttack', { examples: examplesSchema }, { good: { examples: setting }, atLeast: 15 }, (given) =>
      autoAttack(setting.model, given.examples, good.options),
    );
  });

  it('benchmark', async () => {
    const options = { dataset: 'x', threat: 'Linf' as const, model: {}, settings, baselineErrors: {} };
    const good = { model: setting.model, examples: setting, options };
    await refuses('benchmark', benchmarkArguments, { good, atLeast: 850 }, ({ model, examples, options }) =>
      benchmark(model, examples, options),
    );
    await refuses('benchmark', heldArguments4D, { good: setting, atLeast: 30 }, (given) =>
      benchmark(setting.model, given, { dataset: 'x', threat: 'Linf' }),
    );
  });

  it('robustScore, and the score', async () => {
    const options = { norm: 'Linf' as const, eps: 0.1, settings };
    await refuses(
      'robustScore',
      robustScoreArguments,
      { good: { examples: setting, options }, atLeast: 550 },
      (given) => robustScore(given.examples, given.options),
    );
    await refuses('robustScore', heldArguments4D, { good: setting, atLeast: 30 }, (given) =>
      robustScore(given, { norm: 'Linf', eps: 0.1 }),
    );
    const score = robustScore(setting, { norm: 'Linf', eps: 0.1 });
    await refuses(
      'robustScore',
      scoreArguments,
      { good: { model: setting.model, beta: 1 }, atLeast: 30 },
      ({ model, beta }) => score(model, beta),
    );
  });

  it('normalized', () =>
    refuses(
      'normalized',
      normalizedArguments,
      { good: { model: setting.model, options: { mean: [0.5], std: [1] } }, atLeast: 50 },
      ({ model, options }) => normalized(model, options),
    ));

  it('corrupt', () =>
    refuses(
      'corrupt',
      corruptArguments,
      { good: { images: setting.images, options: { type: 'fog' as const, severity: 1 } }, atLeast: 100 },
      ({ images, options }) => corrupt(images, options),
    ));

  it('corruptedBatches', async () => {
    await refuses(
      'corruptedBatches',
      corruptedBatchesArguments,
      { good: { examples: setting, options: {} }, atLeast: 85 },
      ({ examples, options }) => corruptedBatches(examples, options),
    );
    await refuses('corruptedBatches', heldArguments4D, { good: setting, atLeast: 30 }, (given) =>
      corruptedBatches(given),
    );
  });

  it('evaluateCorruptions', () =>
    refuses(
      'evaluateCorruptions',
      evaluateCorruptionsArguments,
      { good: { model: setting.model, batches: none(), options: { baselineErrors: {} } }, atLeast: 200 },
      ({ model, batches, options }) => evaluateCorruptions(model, batches, options),
    ));

  it('leaderboard', () =>
    refuses(
      'leaderboard',
      leaderboardArguments,
      { good: { records: [record], options: {} }, atLeast: 30 },
      ({ records, options }) => leaderboard(records, options),
    ));

  it('signTest', () =>
    refuses('signTest', signTestArguments, { good: { a: 1, b: 2 }, atLeast: 20 }, ({ a, b }) => signTest(a, b)));
  it('wilsonInterval', () =>
    refuses(
      'wilsonInterval',
      wilsonArguments,
      { good: { successes: 1, n: 2, z: 1 }, atLeast: 40 },
      ({ successes, n, z }) => wilsonInterval(successes, n, z),
    ));

  it('serializeAdversarialExamples and parseAdversarialExamples', async () => {
    await refuses(
      'serializeAdversarialExamples',
      serializeArguments,
      { good: { result: examples(), labels: setting.labels }, atLeast: 150 },
      ({ result, labels }) => serializeAdversarialExamples(result, labels),
    );
    await refuses(
      'parseAdversarialExamples',
      parseArguments,
      { good: { bytes: new Uint8Array(8) }, atLeast: 20 },
      ({ bytes }) => parseAdversarialExamples(bytes),
    );
  });

  it('saveAdversarialExamples and loadAdversarialExamples', async () => {
    await refuses(
      'saveAdversarialExamples',
      saveArguments,
      { good: { path: join(folder, 'x'), result: examples(), labels: setting.labels }, atLeast: 150 },
      ({ path, result, labels }) => saveAdversarialExamples(path, result, labels),
    );
    await refuses(
      'loadAdversarialExamples',
      loadArguments,
      { good: { path: join(folder, 'x') }, atLeast: 20 },
      ({ path }) => loadAdversarialExamples(path),
    );
  });

  it('fileState and logFile', async () => {
    await refuses('fileState', fileStateArguments, { good: { path: join(folder, 'x') }, atLeast: 20 }, ({ path }) =>
      fileState(path),
    );
    await refuses('logFile', logFileArguments, { good: { path: join(folder, 'x') }, atLeast: 20 }, ({ path }) =>
      logFile(path),
    );
  });

  it('writeRecord and readRecords', async () => {
    await refuses('writeRecord', writeRecordArguments, { good: { folder, file: 'a', record }, atLeast: 200 }, (args) =>
      writeRecord(args.folder, args.file, args.record),
    );
    await refuses('readRecords', readRecordsArguments, { good: { folder }, atLeast: 20 }, (args) =>
      readRecords(args.folder),
    );
  });

  it('the tables name every public function', () => {
    const functions = Object.entries({ ...robustbench, ...node }).flatMap(([name, value]) =>
      typeof value === 'function' ? [name] : [],
    );
    expect(functions.filter((name) => !covered.has(name))).toEqual([]);
  });
});
