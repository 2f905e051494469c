import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalog } from '@curvature-tuning/datasets';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkData, countsOf, loadData, splitsOf } from './loadData.js';

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'ct-data-'))));
afterEach(() => rmSync(folder, { recursive: true }));

it('takes the names of sets, and folders', async () => {
  await checkData('digits');
  await checkData(folder);
});

it('refuses what is neither', async () => {
  await expect(checkData('cifar')).rejects.toThrow(/--data must be one of digits, .*got "cifar", which is neither/);
  writeFileSync(join(folder, 'file'), '');
  await expect(checkData(join(folder, 'file'))).rejects.toThrow('which is neither');
});

it('loads a set that ships with the package, and makes three normalised splits of it', async () => {
  await tf.setBackend('cpu');
  const options = { seed: 1, inputShape: [28, 28, 1] as const, signal: new AbortController().signal };
  const dataset = await loadData('digits', options);
  const counts = countsOf(dataset);
  expect(counts).toEqual({ train: 640, validation: 160, test: catalog.digits.counts.test });
  const before = tf.memory().numTensors;
  const splits = splitsOf(dataset);
  expect(splits.test.images.shape[0]).toBe(counts.test);
  expect(Math.abs(tf.tidy(() => tf.mean(splits.train.images).dataSync()[0]!))).toBeLessThan(0.2);
  splits.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
