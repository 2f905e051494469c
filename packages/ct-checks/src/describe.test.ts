import { describe as suite, expect, it } from 'vitest';
import type { Node } from './describe.js';
import { cureOf, demand, describe, listed, partAt, received, show } from './describe.js';
import {
  count,
  filledText,
  flag,
  listOf,
  objectWith,
  oneOf,
  real,
  recordOf,
  text,
  unitInterval,
  whole,
} from './schema.js';

suite('describe says what is expected', () => {
  it.each([
    [real(), 'a finite number'],
    [real({ min: 0 }), 'a finite number of at least 0'],
    [real({ above: 0, max: 1 }), 'a number in (0, 1]'],
    [real({ min: 0, below: 1 }), 'a number in [0, 1)'],
    [whole({ min: 2, max: 9 }), 'a whole number in [2, 9]'],
    [text, 'a text'],
    [filledText, 'a text that is not empty'],
    [flag, 'true or false'],
    [oneOf('a', 'b', 'c'), "'a', 'b' or 'c'"],
    [listOf(flag, { min: 2 }), 'a list of at least 2, each true or false'],
    [recordOf(flag), 'an object whose values are each true or false'],
  ])('%#', (schema, words) => {
    expect(describe(schema as unknown as Node)).toBe(words);
  });

  it('ranges are demanded to be lain in', () => {
    expect(demand(unitInterval as unknown as Node)).toBe('lie in [0, 1]');
    expect(demand(flag as unknown as Node)).toBe('be true or false');
  });
});

suite('show says what came', () => {
  class Own {}
  it.each([
    ['a\nb', '"a\\nb"'],
    ['x'.repeat(70), `"${'x'.repeat(60)}…"`],
    [3n, '3n'],
    [() => 1, 'a function'],
    [null, 'null'],
    [undefined, 'undefined'],
    [[1, 'a', [2], null], '[1, "a", …, null]'],
    [Array.from({ length: 9 }, () => 1), 'a list of 9'],
    [{}, '{}'],
    [{ a: 1, 'b c': 2 }, 'an object {a, "b c"}'],
    [new Own(), 'an Own'],
    [new Map(), 'a Map'],
    [Promise.resolve(), 'a Promise; await it'],
    [{ shape: [2, 3], dtype: 'int32', isDisposed: true }, 'a int32 tensor of shape [2, 3] that was disposed of'],
  ])('%#', (value, words) => {
    expect(show(value)).toBe(words);
  });
});

it('finds the part of a schema that a path leads to, with its cure and its words', () => {
  const schema = objectWith<{ sizes: readonly number[] }>(
    {
      sizes: listOf(real({ min: 0 }, { cure: 'leave it out' })),
    },
    [],
  ) as unknown as Node;
  const part = partAt(schema, ['sizes', 3]);
  expect(describe(part)).toBe('a finite number of at least 0');
  expect(cureOf(part)).toBe('leave it out');
  expect(received(part, -1)).toBe('-1');
  expect(cureOf(count as unknown as Node)).toBeUndefined();
});

it('lists phrases', () => {
  expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
    '',
    'a',
    'a or b',
    'a, b or c',
  ]);
});
