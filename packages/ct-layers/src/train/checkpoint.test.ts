import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CheckpointExpectation, CheckpointFacts } from './checkpoint.js';
import { readCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { EpochRecord } from './epochRecord.js';

beforeAll(async () => void (await setBackend('cpu')));

const record = (epoch: number, validationAccuracy: number): EpochRecord => ({
  epoch,
  loss: 0.5,
  accuracy: 0.75,
  validationLoss: 0.25,
  validationAccuracy,
  seconds: 1,
});

const facts = (more: Partial<CheckpointFacts> = {}): CheckpointFacts => ({
  run: { seed: 7, protocol: 'strict', data: 'ab'.repeat(32) },
  schedule: 'hash of 2',
  history: [record(0, 0.5), record(1, 0.75)],
  best: 1,
  steps: { own: 6, head: 6 },
  ...more,
});

const expected = (more: Partial<CheckpointExpectation> = {}): CheckpointExpectation => ({
  run: facts().run,
  schedule: (epochs) => `hash of ${epochs}`,
  sizes: new Map([
    ['own', 4],
    ['head', 2],
  ]),
  groups: ['own', 'head'],
  batchesPerEpoch: 3,
  isBetter: (later, earlier) => later.validationAccuracy > earlier.validationAccuracy,
  ...more,
});

/** A checkpoint of two groups. */
const written = async (more: Partial<CheckpointFacts> = {}): Promise<Uint8Array> => {
  const tensors = { own: tensor([1, 2, 3, 4], [2, 2]), head: tensor([0.5, -0]) };
  try {
    return await writeCheckpoint(tensors, facts(more));
  } finally {
    Object.values(tensors).forEach((t) => t.dispose());
  }
};

describe('a checkpoint', () => {
  it('is read as it was written, to the bit', async () => {
    const before = memory().numTensors;
    const { tensors, facts: read } = readCheckpoint(await written(), expected());
    expect(read).toEqual(facts());
    expect(tensors['own']!.shape).toEqual([2, 2]);
    expect([...tensors['head']!.dataSync()].map((value) => Object.is(value, -0))).toEqual([false, true]);
    Object.values(tensors).forEach((t) => t.dispose());
    expect(memory().numTensors).toBe(before);
  });

  it('of another run is refused with all in which they differ, hashes by their beginning', async () => {
    const bytes = await written();
    const other = { ...facts().run, seed: 8, data: 'cd'.repeat(32), augmented: true };
    expect(() => readCheckpoint(bytes, expected({ run: other }))).toThrow(
      'resume: the checkpoint was made with seed 7, this run has 8; with data abababababab…, this run has ' +
        'cdcdcdcdcdcd…; with augmented none, this run has true; pass what that run was given',
    );
    expect(() => readCheckpoint(bytes, expected({ schedule: () => 'another' }))).toThrow(
      'with schedule hash of 2, this run has another',
    );
  });

  it.each<[string, Partial<CheckpointFacts>, string]>([
    ['an epoch is missing', { history: [record(0, 0.5), record(2, 0.75)] }, 'history[1].epoch must be 1, got 2'],
    ['another epoch counts as the best', { best: 0 }, 'best must be 1, the epoch that validates best, got 0'],
    ['a group is unknown', { steps: { own: 6, tail: 6 } }, 'steps must be of the groups own, head'],
    ['steps are not those of the epochs', { steps: { own: 6, head: 5 } }, 'steps.head must be 6, those of 2 epochs'],
  ])('in which %s is refused', async (_, more, message) => {
    const bytes = await written(more);
    expect(() => readCheckpoint(bytes, expected())).toThrow(`resume: the checkpoint's facts.${message}`);
  });

  it('of which steps are not known beforehand has the same of all groups', async () => {
    const bytes = await written({ steps: { own: 5, head: 4 } });
    expect(() => readCheckpoint(bytes, expected({ batchesPerEpoch: null }))).toThrow(
      'steps.head must be that of the other groups, got 4',
    );
  });

  it('without a tensor, with another, or in another form is refused by their names', async () => {
    const sizes = new Map([
      ['own', 5],
      ['tail', 1],
    ]);
    const bytes = await written();
    const before = memory().numTensors;
    expect(() => readCheckpoint(bytes, expected({ sizes }))).toThrow(
      'it lacks "tail"; has besides "head"; has in another form "own (F32 of shape [2, 2], expected 5 numbers of F32)"',
    );
    expect(() => readCheckpoint(bytes.slice(0, -1), expected())).toThrow('resume: the checkpoint is damaged: ');
    expect(() => readCheckpoint(new Uint8Array(3), expected())).toThrow('start the run anew without {resume}');
    expect(memory().numTensors).toBe(before);
  });
});
