import '@tensorflow/tfjs-backend-cpu';
import { tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { dataSet, isExamples, isInMemory } from './index.js';

const held = { images: tensor2d([[1]]), labels: [0] };
const stream = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: held } as const) }),
};
const set = dataSet({ labels: [0], classes: ['a'], read: () => ({ values: new Uint8Array(1), shape: [1] }) });

it('examples are tensors, a stream or a data set, of which the first are in memory', () => {
  expect([held, stream, set].map(isExamples)).toEqual([true, true, true]);
  expect([held, stream, set].map(isInMemory)).toEqual([true, false, false]);
});

it.each([[5], [null], [undefined], ['images'], [tensor1d([1])], [Promise.resolve(held)], [{}], [[]]])(
  '%s is none',
  (value) => {
    expect(isExamples(value)).toBe(false);
    expect(isInMemory(value as never)).toBe(false);
  },
);
