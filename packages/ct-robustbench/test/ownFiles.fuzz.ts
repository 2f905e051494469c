/**
 * Damaged states, examples and records: refused by name, or as good as whole.
 */
import { fuzz, mutateJsonFile, mutateSafetensors } from '@curvature-tuning/checks/testing';
import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AutoAttackOptions, RobustBenchRecord, StateStore } from '../src/index.js';
import { autoAttack, leaderboard, parseAdversarialExamples, serializeAdversarialExamples } from '../src/index.js';
import { readRecords, writeRecord } from '../src/node.js';

const alive = (): number => tf.memory().numTensors;
const options: AutoAttackOptions = {
  norm: 'Linf',
  eps: 0.02,
  version: 'custom',
  attacks: ['apgd-ce', 'square'],
  settings: { 'apgd-ce': { restarts: 1, iterations: 8 }, square: { queries: 20 } },
  batchSize: 5,
};
let folder: string;
let images: tf.Tensor4D;
let labels: number[];
let weights: tf.Tensor2D;
const linear = (x: tf.Tensor): tf.Tensor => tf.matMul(tf.sub(tf.reshape(x, [-1, 16]), 0.5), weights);

beforeAll(async () => {
  await tf.setBackend('cpu');
  folder = mkdtempSync(join(tmpdir(), 'ct-fuzz-records-'));
  weights = tf.randomNormal([16, 4], 0, 1, 'float32', 1);
  images = tf.randomUniform([12, 4, 4, 1], 0.3, 0.7, 'float32', 2);
  labels = Array.from(tf.tidy(() => tf.argMax(linear(images), 1).dataSync()));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** All that a run found, as text. */
async function attack(state?: StateStore): Promise<string> {
  const { accuracyAfter, robust, fooledBy, adversarial } = await autoAttack(linear, images, labels, {
    ...options,
    ...(state && { state }),
  });
  const values = Array.from(adversarial.dataSync());
  adversarial.dispose();
  return JSON.stringify({ accuracyAfter, robust, fooledBy, values });
}

it('600 damaged states are refused by an error that begins with autoAttack, or go on to the same result', async ({
  task,
}) => {
  const written: Uint8Array[] = [];
  const whole = await attack({
    read: () => Promise.resolve(undefined),
    write: (bytes) => Promise.resolve(void written.push(bytes.slice())),
  });
  const { faults, refused } = await fuzz(task, {
    cases: 600,
    seed: 7,
    draw: (random) => mutateSafetensors(written[2]!, ['progress', 'key'], random),
    run: async (bytes) => {
      let state: Uint8Array = bytes;
      const result = await attack({
        read: () => Promise.resolve(state),
        write: (more) => Promise.resolve(void (state = more.slice())),
      });
      return result === whole ? undefined : 'it ends elsewhere';
    },
    refusal: /^autoAttack: /,
    alive,
  });
  expect(faults).toEqual([]);
  expect(refused).toBeGreaterThan(540);
});

it('1,500 damaged files of examples are refused by name, or are the same', async ({ task }) => {
  const result = await autoAttack(linear, images, labels, options);
  const file = await serializeAdversarialExamples(result, labels);
  const told = (bytes: Uint8Array): string => {
    const { adversarial, ...rest } = parseAdversarialExamples(bytes);
    const values = Array.from(adversarial.dataSync());
    adversarial.dispose();
    return JSON.stringify({ ...rest, values });
  };
  const expected = told(file);
  const { faults, refused } = await fuzz(task, {
    cases: 1500,
    seed: 8,
    draw: (random) => mutateSafetensors(file, [], random),
    run: (bytes) => (told(bytes) === expected ? undefined : 'they are others'),
    refusal: /^parseAdversarialExamples: /,
    alive,
  });
  expect(faults).toEqual([]);
  expect(refused).toBeGreaterThan(1350);
  result.adversarial.dispose();
});

it(
  '2,500 damaged records are refused by the name of their file, or rank as their fields say; what is ' + 'there stays',
  async ({ task }) => {
    const record: RobustBenchRecord = {
      name: 'a',
      dataset: 'cifar10',
      threat: 'Linf',
      eps: '8/255',
      clean_acc: '90.00',
      autoattack_acc: '50.00',
      images: 1000,
      seed: 0,
      clean_interval: [88, 92],
      robust_interval: [47, 53],
      accuracy_after: { 'apgd-ce': 0.6 },
      warnings: [{ code: 'zero-gradient', message: 'some' }],
      data_hash: 'ab',
    };
    await writeRecord(folder, 'record', record);
    const [file] = readdirSync(folder);
    const path = join(folder, file!);
    const whole = readFileSync(path);
    const { faults, refused, accepted } = await fuzz(task, {
      cases: 2500,
      seed: 9,
      draw: (random) => mutateJsonFile(whole, random, 0.4),
      run: async (bytes) => {
        writeFileSync(path, bytes);
        try {
          const records = await readRecords(folder);
          if (JSON.stringify(records) !== JSON.stringify([JSON.parse(new TextDecoder().decode(bytes))]))
            return `read ${JSON.stringify(records)}`;
          if (leaderboard(records).length === 0) return 'no table';
          await writeRecord(folder, 'record', record);
          return readFileSync(path).equals(whole) ? undefined : 'not replaced';
        } catch (error) {
          if (!readFileSync(path).equals(bytes)) return 'what was there is gone';
          throw error;
        }
      },
      refusal: /^(readRecords: the record "record\.json"|leaderboard: )/,
    });
    expect(faults).toEqual([]);
    expect(Math.min(refused, accepted)).toBeGreaterThan(300);
  },
);
