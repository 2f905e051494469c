/**
 * The first example of the README, word for word but for the import and what is asserted.
 */
import '@tensorflow/tfjs-backend-cpu';
import { readFile } from 'node:fs/promises';
import { dispose, memory } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { loadDataset, toBatch, toDataSet } from '../src/index.js';

it('the example of the README runs, with the sizes it states, and leaks nothing', async () => {
  const before = memory().numTensors;
  const { train, test, mean, std, hash } = await loadDataset('digits', { seed: 42 });
  const shapes: number[][] = [];
  for await (const { images, labels } of toDataSet(train, { mean, std }).batches(64, { shuffle: true, seed: 1 })) {
    shapes.push(images.shape);
    dispose([images, labels]);
  }
  const everything = toBatch(test, { mean, std });
  expect(shapes).toEqual(Array(10).fill([64, 28, 28, 1]));
  expect(everything.labels.shape).toEqual([797]);
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  dispose([everything.images, everything.labels]);
  expect(memory().numTensors).toBe(before);

  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  for (const line of [
    "const { train, test, mean, std, hash } = await loadDataset('digits', { seed: 42 });",
    'for await (const { images, labels } of toDataSet(train, { mean, std }).batches(64, { shuffle: true, seed: 1 })) {',
    'const everything = toBatch(test, { mean, std });',
  ]) {
    expect(readme).toContain(line);
  }
});
