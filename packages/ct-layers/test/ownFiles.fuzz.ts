/**
 * Damaged checkpoints and adapters: refused by name, or as good as whole; nothing changes and nothing leaks.
 */
import { fuzz, mutateJson, mutateSafetensors } from '@curvature-tuning/checks/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import type { Adapter, TuneOptions } from '../src/index.js';
import {
  applyAdapter,
  getAdapter,
  loadAdapter,
  removeAdapter,
  replaceActivations,
  saveAdapter,
  tune,
} from '../src/index.js';
import { smallExamples, smallNetwork, weightsOf } from './smallNetwork.js';

const alive = (): number => tf.memory().numTensors;
let adapter: Adapter;
let model: tf.LayersModel;

beforeAll(async () => {
  await tf.setBackend('cpu');
  const base = smallNetwork();
  const { classifier } = await tune(base, smallExamples(10, 1), smallExamples(6, 2), {
    epochs: 1,
    alsoTrain: ({ layer, name }) => layer === 'hidden' && name === 'bias',
  });
  adapter = await getAdapter(classifier);
  ({ model } = replaceActivations(base, { sharing: 'channel' }));
});

it('4,000 damaged adapter files are refused by loadAdapter, or are the same', async ({ task }) => {
  const file = saveAdapter(adapter);
  const expected = told(adapter);
  const { faults, refused } = await fuzz(task, {
    cases: 4000,
    seed: 4,
    draw: (random) => mutateSafetensors(file, ['curvature_tuning'], random),
    run: (bytes) => (told(loadAdapter(bytes)) === expected ? undefined : 'it is another'),
    refusal: /^loadAdapter: /,
    alive,
  });
  expect(faults).toEqual([]);
  expect(refused).toBeGreaterThan(3600);
});

it(
  '1,000 adapters with a configuration of another kind are refused by applyAdapter, which leaves the ' +
    'model as it was, or can be taken off again',
  async ({ task }) => {
    const before = weightsOf(model);
    // The base's fingerprint is found once.
    await applyAdapter(model, adapter);
    removeAdapter(model);
    const { faults, refused } = await fuzz(task, {
      cases: 1000,
      seed: 5,
      draw: (random) => mutateJson(adapter.config, random),
      run: async (config) => {
        try {
          await applyAdapter(model, { ...adapter, config: config as Adapter['config'] });
          removeAdapter(model);
        } finally {
          expect(weightsOf(model)).toEqual(before);
        }
        return undefined;
      },
      refusal: /^applyAdapter: /,
      alive,
    });
    expect(faults).toEqual([]);
    expect(refused).toBeGreaterThan(700);
  },
);

it('500 damaged checkpoints are refused by an error that begins with resume, or go on to the same result', async ({
  task,
}) => {
  const options: TuneOptions = { epochs: 3, batchSize: 4, seed: 2 };
  const [network, train, validation] = [smallNetwork(), smallExamples(10, 1), smallExamples(6, 2)];
  const checkpoints: Uint8Array[] = [];
  const whole = await tune(network, train, validation, {
    ...options,
    onCheckpoint: (bytes) => void checkpoints.push(bytes.slice()),
  });
  const expected = String(weightsOf(whole.classifier));
  whole.dispose();
  const { faults, refused } = await fuzz(task, {
    cases: 500,
    seed: 6,
    draw: (random) => mutateSafetensors(checkpoints[1]!, ['facts'], random),
    run: async (resume) => {
      const result = await tune(network, train, validation, { ...options, resume });
      const values = String(weightsOf(result.classifier));
      result.dispose();
      return values === expected ? undefined : 'it ends elsewhere';
    },
    refusal: /^resume: /,
    alive,
  });
  expect(faults).toEqual([]);
  expect(refused).toBeGreaterThan(450);
});

/** All that an adapter says. */
function told({ config, tensors }: Adapter): string {
  return JSON.stringify([config, [...tensors].map(([name, { shape, data }]) => [name, shape, [...data].map(String)])]);
}
