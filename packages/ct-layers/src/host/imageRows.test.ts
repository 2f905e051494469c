import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import type { ImageRows } from './imageRows.js';
import { isImageRows, readInTurn } from './imageRows.js';

const rows: ImageRows = {
  shape: [9, 1],
  read: (wanted) =>
    wanted[0] === 7
      ? Promise.reject(new Error('row 7 cannot be read'))
      : Promise.resolve(tf.tensor2d(Array.from(wanted), [wanted.length, 1])),
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

it('is told from tensors, and read part by part', async () => {
  expect([rows, tf.tensor1d([1]), [tf.tensor1d([1])]].map(isImageRows)).toEqual([true, false, false]);
  const found: number[][] = [];
  for await (const part of readInTurn(rows, [[1, 2], [5]])) found.push([...part.dataSync()]);
  expect(found).toEqual([[1, 2], [5]]);
});

it('leaves nothing where it is left early, and says what cannot be read where it comes to it', async () => {
  const before = tf.memory().numTensors;
  for await (const part of readInTurn(rows, [[1], [2], [3]])) {
    part.dispose();
    break;
  }
  expect(tf.memory().numTensors).toBe(before);
  const read: number[] = [];
  const all = async (): Promise<void> => {
    for await (const part of readInTurn(rows, [[1], [7]])) {
      read.push(...part.dataSync());
      part.dispose();
    }
  };
  await expect(all()).rejects.toThrow('row 7 cannot be read');
  expect([read, tf.memory().numTensors]).toEqual([[1], before]);
});
