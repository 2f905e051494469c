/**
 * Damaged states, examples and records: refused by name, or as good as whole.
 */
import { fuzz, mutateJsonFile, mutateSafetensors } from '@curvature-tuning/checks/testing';
import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RobustBenchRecord, StateStore } from '../src/index.js';
import { autoAttack, leaderboard, parseAdversarialExamples, serializeAdversarialExamples } from '../src/index.js';
import { readRecords, writeRecord } from '../src/node.js';
import { smallAttack, smallOptions, smallRecord } from './smallAttack.js';

const alive = (): number => tf.memory().numTensors;
const setting = smallAttack();
let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'ct-fuzz-records-'))));
afterAll(() => rmSync(folder, { recursive: true }));

/** All that a run found, as text. */
async function attack(state?: StateStore): Promise<string> {
  const { accuracyAfter, robust, fooledBy, adversarial } = await autoAttack(
    setting.model,
    setting.images,
    setting.labels,
    {
      ...smallOptions,
      ...(state && { state }),
    },
  );
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
  const result = await autoAttack(setting.model, setting.images, setting.labels, smallOptions);
  const file = await serializeAdversarialExamples(result, setting.labels);
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
      ...smallRecord,
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
