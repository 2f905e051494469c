import { describe, expect, it } from 'vitest';
import type { Labels } from './classNumbers.js';
import { classNumbers, classNumbersOf, oneHotClasses } from './classNumbers.js';

const tensor = (values: ArrayLike<number>, shape: number[], dtype = 'float32') => ({
  shape,
  dtype,
  rank: shape.length,
  isDisposed: false,
  data: () => Promise.resolve(values),
});

describe('classNumbers', () => {
  it.each<[string, Labels]>([
    ['a list', [2, 0, 1]],
    ['Int32Array', Int32Array.of(2, 0, 1)],
    ['Float32Array of whole numbers', Float32Array.of(2, 0, 1)],
    ['BigInt64Array', BigInt64Array.of(2n, 0n, 1n)],
    ['BigUint64Array', BigUint64Array.of(2n, 0n, 1n)],
    [
      'one-hot rows',
      [
        [0, 0, 1],
        [1, 0, 0],
        [0, 1, 0],
      ],
    ],
    ['an int32 tensor', tensor([2, 0, 1], [3], 'int32')],
    ['a float32 tensor', tensor([2, 0, 1], [3])],
    ['a column', tensor([2, 0, 1], [3, 1])],
    ['a one-hot tensor', tensor([0, 0, 1, 1, 0, 0, 0, 1, 0], [3, 3])],
  ])('reads %s', async (_, labels) => {
    expect(await classNumbers('f', 'labels', labels, { count: 3, classes: 3 })).toEqual(Int32Array.of(2, 0, 1));
  });

  it.each<[unknown, RegExp]>([
    [[0, 3], /^f: labels must be class numbers from 0, below the number of classes, 3, got 3 as label of example 1$/],
    [[-1, 0], /got -1 as label of example 0$/],
    [[0, 0.5], /got 0\.5 as label of example 1$/],
    [[0, NaN], /got NaN as label of example 1$/],
    [[0, Infinity], /got Infinity as label of example 1$/],
    [BigInt64Array.of(0n, -7n), /got -7n as label of example 1$/],
    [['0', '1'], /got "0" as label of example 0$/],
    [[0, 1, 2], /^f: expected one label for each of 2 images, got 3$/],
    [
      [
        [1, 0],
        [0, 1],
      ],
      /^f: labels must be one-hot rows over 3 classes, got rows of 2$/,
    ],
    [
      [
        [0.5, 0.5, 0],
        [0, 1, 0],
      ],
      /single 1 among zeros, got \[0\.5, 0\.5, 0\] as label of example 0; soft labels/,
    ],
    [
      [
        [0, 0, 0],
        [0, 1, 0],
      ],
      /got \[0, 0, 0\] as label of example 0/,
    ],
    [
      [
        [1, 0, 1],
        [0, 1, 0],
      ],
      /got \[1, 0, 1\] as label of example 0/,
    ],
    [
      [
        [1, 0, 0],
        [0, 1],
      ],
      /^f: labels must be rows of one length, got 3 numbers in row 0 and \[0, 1\] in row 1$/,
    ],
    ['01', /^f: labels must be labels: .* got "01"$/],
    [null, /got null$/],
    [undefined, /got undefined$/],
    [5, /got 5$/],
    [tensor([0, 1], [2], 'string'), /got a string tensor$/],
    [tensor([0, 1], [1, 2, 1]), /got shape \[1, 2, 1\]$/],
  ])('refuses %s', async (labels, message) => {
    await expect(classNumbers('f', 'labels', labels as Labels, { count: 2, classes: 3 })).rejects.toThrow(message);
  });

  it('refuses an absurd label where nobody said how many classes there are', () => {
    expect(() => classNumbersOf('f', 'labels', [0, 2e9])).toThrow(
      'f: labels must be class numbers from 0, got 2000000000 as label of example 1; if there are that many ' +
        'classes, pass {classes}',
    );
    expect(classNumbersOf('f', 'labels', [0, 99_999])).toEqual(Int32Array.of(0, 99_999));
  });

  it('says how many classes one-hot labels have', () => {
    expect(
      [[[0, 0, 1]], tensor([0, 0, 1], [1, 3]), [2], tensor([2], [1, 1]), Int32Array.of(2)].map(oneHotClasses),
    ).toEqual([3, 3, undefined, undefined, undefined]);
  });
});
