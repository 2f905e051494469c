import { describe, expect, it } from 'vitest';
import { fits } from './check.js';
import type { Schema } from './schema.js';
import {
  anyOf,
  bytes,
  count,
  filledText,
  flag,
  func,
  isTensor,
  listOf,
  mapOf,
  nothing,
  objectWith,
  oneOf,
  optional,
  options,
  pick,
  real,
  recordOf,
  regExp,
  satisfying,
  seed,
  signal,
  tensorOf,
  unitInterval,
  whole,
  without,
} from './schema.js';

const tensor = (more: object = {}): object => ({
  shape: [2],
  dtype: 'float32',
  rank: 1,
  isDisposed: false,
  data: () => Promise.resolve([]),
  ...more,
});

interface Given {
  a: number;
  b?: string;
}
const entries = { a: real(), b: filledText };

describe.each<[string, Schema, unknown[], unknown[]]>([
  ['real', real({ above: 0, max: 1 }), [1e-9, 1], [0, 1.1, NaN, Infinity, 1e39, '1', null]],
  ['whole', whole({ min: -1 }), [-1, 0, 2 ** 53 - 1], [-2, 0.5, 2 ** 53, NaN]],
  ['count', count, [1], [0, -1]],
  ['unitInterval', unitInterval, [0, 1], [-1e-9, 1.000001]],
  ['seed', seed, [0, 2 ** 32 - 1], [-1, 2 ** 32]],
  ['flag', flag, [true, false], [0, 'true']],
  ['nothing', nothing, [null], [undefined, 0]],
  ['oneOf', oneOf('a', 'b'), ['a'], ['c', 'toString', 0]],
  ['listOf', listOf(flag, { min: 1, max: 2 }), [[true], [true, false]], [[], [1], [true, true, true], { length: 1 }]],
  ['recordOf', recordOf(flag), [{}, { x: true }], [{ x: 1 }, null]],
  [
    'mapOf',
    mapOf(flag, { expects: 'a Map' }),
    [new Map(), new Map([['x', true]])],
    [new Map([['x', 1]]), new Map([[1, true]]), {}],
  ],
  ['optional', optional(flag), [undefined, true], [null]],
  ['anyOf', anyOf(flag, nothing), [true, null], [undefined, 0]],
  ['func', func(), [() => 1, class {}], [{}, 'f']],
  ['regExp', regExp, [/a/], ['a', {}]],
  ['signal', signal, [new AbortController().signal], [new AbortController(), {}]],
  ['bytes', bytes, [new Uint8Array(1), Buffer.from('a')], [new Uint16Array(1), [1], new ArrayBuffer(1)]],
  [
    'tensorOf',
    tensorOf({ ranks: [1], dtypes: ['float32'] }),
    [tensor()],
    [tensor({ rank: 2 }), tensor({ dtype: 'int32' }), tensor({ isDisposed: true }), {}],
  ],
  ['satisfying', satisfying(count, (n) => n % 2 === 0, { expects: 'an even number' }), [2], [3, 0]],
  [
    'options',
    options<Given>(entries, ['a']),
    [{ a: 1 }, { a: 1, b: undefined }, Object.assign(Object.create(null), { a: 1 })],
    [{}, { a: 1, c: 2 }, { a: 1, b: '' }, [], new Date(), null],
  ],
  [
    'objectWith',
    objectWith<Given>(entries, ['a']),
    [{ a: 1, c: 2 }, Object.assign(new Date(), { a: 1 })],
    [{}, [], null],
  ],
])('%s', (_, schema, taken, refused) => {
  it.each(taken.map((value) => [value]))('takes %o', (value) => expect(fits(schema, value)).toBe(true));
  it.each(refused.map((value) => [value]))('refuses %o', (value) => expect(fits(schema, value)).toBe(false));
});

it('isTensor looks at what a tensor is, whatever copy of tfjs made it', () => {
  expect([tensor(), tensor({ isDisposed: true }), { shape: [1] }, null].map(isTensor)).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

it('pick takes the options that are known and given, without leaves schemas out', () => {
  expect(pick<Partial<Given>>(entries, { a: 1, b: undefined, c: 3 } as never)).toEqual({ a: 1 });
  expect(Object.keys(without<Given, 'a'>(entries as never, 'a'))).toEqual(['b']);
});
