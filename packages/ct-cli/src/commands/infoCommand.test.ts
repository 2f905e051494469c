import * as tf from '@tensorflow/tfjs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { someRun } from '../../test/someRun.js';
import type { SomeRun } from '../../test/someRun.js';
import { savedAndDisposed, writeModel } from '../../test/tinyModels.js';
import { infoCommand } from './infoCommand.js';

const { signal } = new AbortController();
let run: SomeRun;
beforeAll(async () => void (run = await someRun('layers')));
afterAll(() => rmSync(run.folder, { recursive: true }));

it('knows a model and the adapter that fits it', async () => {
  const model = await infoCommand({ model: run.model, backend: 'cpu' }, signal);
  expect(model).toMatchObject({ kind: 'LayersModel', input: '[any, 16, 16, 3]', output: '[any, 5]' });
  expect([model['sites'], model['images']]).toEqual([
    '2 activations: 2 relu',
    'resized to 16×16 RGB, values in [0, 1] (the model does not say)',
  ]);
  const adapter = await infoCommand({ model: run.adapter, backend: 'cpu' }, signal);
  expect(adapter).toMatchObject({ head: '12 features to 3 classes', classes: 'blue, green, red', gives: 'logits' });
  expect(adapter['made for']).toContain(model['fingerprint']);
});

it.each<[string, () => tf.LayersModel, Record<'images', string> & Record<string, string>]>([
  [
    'images of any size',
    () =>
      tf.sequential({
        layers: [
          tf.layers.conv2d({ inputShape: [null, null, 3], filters: 2, kernelSize: 3, activation: 'relu' }),
          tf.layers.globalAveragePooling2d({}),
        ],
      }),
    { input: '[any, any, any, 3]', sites: '1 activation: 1 relu', images: '--size 224x224' },
  ],
  [
    'no images, and no ReLU',
    () => tf.sequential({ layers: [tf.layers.dense({ inputShape: [4], units: 2, activation: 'tanh' })] }),
    { input: '[any, 4]', sites: 'none that curvature acts on', images: 'takes [4]' },
  ],
  [
    'two inputs',
    () => {
      const inputs = [tf.input({ shape: [2] }), tf.input({ shape: [3] })];
      return tf.model({ inputs, outputs: tf.layers.concatenate().apply(inputs) as tf.SymbolicTensor });
    },
    { input: '[any, 2] and [any, 3]', output: '[any, 5]', images: '2 inputs' },
  ],
])('has facts of a model that takes %s', async (_, build, { images, ...facts }) => {
  const folder = mkdtempSync(join(tmpdir(), 'ct-info-'));
  try {
    writeModel(folder, await savedAndDisposed(build()));
    const told = await infoCommand({ model: folder, backend: 'cpu' }, signal);
    expect(told).toMatchObject(facts);
    expect(told['images']).toContain(images);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
