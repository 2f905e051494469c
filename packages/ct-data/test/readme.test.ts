/**
 * The examples of the README, word for word but for the imports and what is asserted.
 */
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';
import { dispose, memory } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import type { TfElement } from '../src/index.js';
import { dataSet, normalize } from '../src/index.js';

it('the examples of the README run and leak nothing, tf.data among them', async () => {
  await tf.setBackend('cpu');
  const before = memory().numTensors;
  const dots = dataSet({
    labels: Array.from({ length: 100 }, (_, i) => i % 4),
    classes: ['north', 'east', 'south', 'west'],
    read: (index) => ({ values: new Uint8Array(64).fill(index), shape: [8, 8, 1] }),
  });

  const [train, test] = dots.stratifiedSplit([80, 20], 42);
  const normalized = train.map(normalize({ mean: [0.2], std: [0.1] }));
  const shapes: number[][] = [];
  for await (const { images, labels } of normalized.batches(16, { shuffle: true, seed: 1 })) {
    shapes.push(images.shape);
    dispose([images, labels]);
  }
  expect(shapes).toEqual(Array(5).fill([16, 8, 8, 1]));
  expect(test.length).toBe(20);
  expect((await test.example(0)).pixels.shape).toEqual([8, 8, 1]);

  const dataset = train.toTfData(tf.data, 16, { shuffle: true });
  const labels: number[] = [];
  await dataset.forEachAsync((element) => {
    const { xs, ys } = element as TfElement;
    labels.push(...ys.dataSync());
    dispose([xs, ys]);
  });
  expect(labels.sort()).toEqual([...train.labels].sort());
  expect(memory().numTensors).toBe(before);

  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  for (const line of [
    "  classes: ['north', 'east', 'south', 'west'],",
    '  read: (index) => ({ values: new Uint8Array(64).fill(index), shape: [8, 8, 1] }),',
    'const [train, test] = dots.stratifiedSplit([80, 20], 42);',
    'const normalized = train.map(normalize({ mean: [0.2], std: [0.1] }));',
    'for await (const { images, labels } of normalized.batches(16, { shuffle: true, seed: 1 })) {',
    'const dataset = train.toTfData(tf.data, 16, { shuffle: true });',
  ])
    expect(readme).toContain(line);
});
