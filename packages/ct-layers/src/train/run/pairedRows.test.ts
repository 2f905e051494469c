import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { leavesNoTensor } from '../../../test/leavesNoTensor.js';
import { fromRows, pairsOf, toRows } from './pairedRows.js';

beforeAll(() => tf.setBackend('cpu'));
leavesNoTensor();

it.each([
  [
    [2, 1],
    [1, 2, 3, 4, 5, 6],
    [
      [1, 2, 5],
      [3, 4, 6],
    ],
  ],
  [
    [3],
    [1, 2, 3, 4, 5, 6],
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ],
])('has firsts and seconds of pairs of %j in two rows, and back', (sizes, values, expected) => {
  const vector = tf.tensor1d(values);
  const rows = toRows(vector, sizes);
  expect(rows.arraySync()).toEqual(expected);
  const pairs = pairsOf(rows, sizes);
  expect(pairs.map(({ shape }) => shape)).toEqual(sizes.map((size) => [2, size]));
  const back = fromRows(rows, sizes);
  expect([...back.dataSync()]).toEqual(values);
  tf.dispose([vector, rows, ...pairs, back]);
});
