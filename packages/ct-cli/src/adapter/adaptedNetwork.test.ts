import { rmSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { someRun } from '../../test/someRun.js';
import type { SomeRun } from '../../test/someRun.js';
import { adaptedNetwork } from './adaptedNetwork.js';
import { readAdapter } from './adapterFiles.js';

const { signal } = new AbortController();
let run: SomeRun;
beforeAll(async () => void (run = await someRun('graph')));
afterAll(() => rmSync(run.folder, { recursive: true }));

it('puts an adapter on its graph, at the node that it names, and frees all', async () => {
  const read = await readAdapter(run.adapter);
  const before = tf.memory().numTensors;
  const adapted = await adaptedNetwork({ model: run.model }, read, signal);
  expect([adapted.meta.classNames, adapted.preprocessing.inputSize]).toEqual([
    ['blue', 'green', 'red'],
    [16, 16, 3],
  ]);
  const shape = tf.tidy(() => (adapted.classifier.predict(tf.zeros([2, 16, 16, 3])) as tf.Tensor).shape);
  expect(shape).toEqual([2, 3]);
  adapted.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

it('refuses another network by name, and frees it', async () => {
  const read = await readAdapter(run.adapter);
  const before = tf.memory().numTensors;
  await expect(adaptedNetwork({ model: 'resnet14.mnist' }, read, signal)).rejects.toThrow(
    /was made for the features at "pooled" of a GraphModel, which "resnet14.mnist" does not have/,
  );
  expect(tf.memory().numTensors).toBe(before);
});
