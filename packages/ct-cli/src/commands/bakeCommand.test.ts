import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { someRun } from '../../test/someRun.js';
import type { SomeRun } from '../../test/someRun.js';
import { readModelFiles } from '../network/modelFiles.js';
import { bakeCommand } from './bakeCommand.js';

const { signal } = new AbortController();
let run: SomeRun;
beforeAll(async () => void (run = await someRun('graph')));
afterAll(() => rmSync(run.folder, { recursive: true }));

it('writes a graph with its new head, softmax, class names and preprocessing', async () => {
  const output = join(run.folder, 'baked');
  await bakeCommand({ ...given(), output, softmax: true, tolerance: 0 }, signal);
  expect(readdirSync(output).sort()).toEqual(['model.json', 'weights.bin']);
  const { artifacts } = await readModelFiles(output, signal);
  expect(artifacts.userDefinedMetadata).toMatchObject({
    classifierMeta: {
      classNames: ['blue', 'green', 'red'],
      preprocessing: { inputSize: [16, 16, 3] },
      output: 'probabilities',
    },
  });
  const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const sum = tf.tidy(() => tf.sum(model.predict(tf.ones([1, 16, 16, 3])) as tf.Tensor).dataSync()[0]);
  expect(sum).toBeCloseTo(1, 5);
  model.dispose();
});

it('writes a LayersModel with curvature as a graph', async () => {
  const { folder, model, adapter } = await someRun('layers');
  const output = join(folder, 'baked');
  await bakeCommand({ model, adapter, backend: 'cpu', output, softmax: true, tolerance: 0.01 }, signal);
  const { artifacts } = await readModelFiles(output, signal);
  expect(artifacts.userDefinedMetadata).toMatchObject({
    classifierMeta: { classNames: ['blue', 'green', 'red'], output: 'probabilities' },
  });
  const baked = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const sum = tf.tidy(() => tf.sum(baked.predict(tf.ones([1, 16, 16, 3])) as tf.Tensor).dataSync()[0]);
  expect(sum).toBeCloseTo(1, 5);
  baked.dispose();
  rmSync(folder, { recursive: true });
});

it('leaves a folder with files alone, and writes nothing when it is stopped', async () => {
  const full = join(run.folder, 'full');
  mkdirSync(full);
  writeFileSync(join(full, 'notes.txt'), 'mine');
  await expect(bakeCommand({ ...given(), output: full, softmax: false, tolerance: 0 }, signal)).rejects.toThrow(
    'holds files',
  );
  expect(readdirSync(full)).toEqual(['notes.txt']);
  const output = join(run.folder, 'stopped');
  const stopped = AbortSignal.abort(new Error('stop'));
  await expect(bakeCommand({ ...given(), output, softmax: false, tolerance: 0 }, stopped)).rejects.toThrow('stop');
  expect([existsSync(output), readdirSync(run.folder).filter((name) => name.endsWith('.tmp'))]).toEqual([false, []]);
});

function given(): { model: string; adapter: string; backend: 'cpu' } {
  return { model: run.model, adapter: run.adapter, backend: 'cpu' };
}
