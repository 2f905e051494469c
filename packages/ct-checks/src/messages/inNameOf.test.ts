import { expect, it } from 'vitest';
import { inNameOf } from './inNameOf.js';

const fault = new RangeError('inner: beta must lie in [0, 1], got 2');

it('an error that is thrown has the name of the caller', () => {
  const throwing = (): number => {
    throw new RangeError('inner: beta must lie in [0, 1], got 2');
  };
  expect(() => inNameOf('outer', 'inner', throwing)).toThrow(new RangeError('outer: beta must lie in [0, 1], got 2'));
});

it('an error of a promise has it too, and is the same object', async () => {
  const error = await inNameOf('outer', 'inner', () => Promise.reject(fault)).catch((caught: unknown) => caught);
  expect(error).toBe(fault);
  expect(fault.message).toBe('outer: beta must lie in [0, 1], got 2');
});

it.each(['another: fault', 'the inner one'])('an error that says "%s" stays as it is', (message) => {
  expect(() =>
    inNameOf('outer', 'inner', () => {
      throw new Error(message);
    }),
  ).toThrow(new Error(message));
});

it('results pass', async () => {
  expect(inNameOf('outer', 'inner', () => 3)).toBe(3);
  expect(await inNameOf('outer', 'inner', () => Promise.resolve(4))).toBe(4);
});
