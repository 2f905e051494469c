/** What every public function says to arguments of another kind. Callers without TypeScript can pass anything. */
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import * as safetensors from '../src/index.js';
import type { SafeTensor } from '../src/index.js';

const { parseSafetensors, serializeSafetensors, TensorMap, toFloat32 } = safetensors;

type Case = readonly [name: string, value: unknown, got: string];

/** What none of the functions takes, and how a message describes it. */
const strangers: readonly Case[] = [
  ['nothing', undefined, 'got undefined'],
  ['null', null, 'got null'],
  ['a number', 3, 'got 3'],
  ['a bigint', 3n, 'got 3n'],
  ['a string', './model.safetensors', 'got "./model.safetensors"'],
  ['a function', () => 1, 'got a function'],
  ['a symbol', Symbol('s'), 'got Symbol(s)'],
  ['a promise', Promise.resolve(new Uint8Array()), 'got Promise'],
  ['a URL', new URL('file:///model.safetensors'), 'got URL'],
];
const plainArray: Case = ['an array', [1, 2], 'got Array'];
const plainObject: Case = ['an object', { a: 1 }, 'got Object'];

type Loose = (...args: readonly unknown[]) => unknown;
type Table = readonly [name: string, call: Loose, cases: readonly Case[]];
/** Of a function that takes one typed array, what it does not take beside the strangers. */
const coder = (name: keyof typeof safetensors, cases: readonly Case[]): Table => [
  name,
  safetensors[name] as Loose,
  [...strangers, plainArray, plainObject, ...cases],
];
const tables: readonly Table[] = [
  ['TensorMap', (value) => new TensorMap([], value as never, Error), [...strangers, plainArray, plainObject]],
  [
    'TensorMap',
    (value) => new TensorMap([], new Map(), value as never),
    [...strangers.filter(([name]) => name !== 'a function'), plainArray, plainObject],
  ],
  ['parseSafetensors', parseSafetensors as Loose, [...strangers, plainArray, plainObject]],
  [
    'parseSafetensorsIndex',
    safetensors.parseSafetensorsIndex as Loose,
    [...strangers.filter(([name]) => name !== 'a string'), plainArray, plainObject],
  ],
  [
    'serializeSafetensors',
    serializeSafetensors as Loose,
    [
      ...strangers,
      plainObject,
      ['names alone', ['a'], 'got "a"'],
      ['a number as name', [[1, {}]], 'got Array'],
      ['no tensor', [['a', null]], 'got null'],
      ['numbers as tensor', [['a', 1]], 'got 1'],
      ['an array of three', [['a', {}, {}]], 'got Array'],
    ],
  ],
  [
    'serializeSafetensors',
    (metadata) => (serializeSafetensors as Loose)([], metadata),
    [...strangers.slice(1), plainArray, ['a Map', new Map([['a', 'b']]), 'got Map']],
  ],
  [
    'toFloat32',
    toFloat32 as Loose,
    [
      ...strangers,
      plainArray,
      plainObject,
      ['an array of floats', Float32Array.of(1), 'got Float32Array'],
      ['another dtype', { dtype: 'F5', shape: [], data: [] }, 'dtype "F5"'],
      ['a number as dtype', { dtype: 32 }, 'dtype 32'],
      ['an array of another dtype', { dtype: 'F16', shape: [1], data: Float32Array.of(1) }, 'got Float32Array'],
      ['no data', { dtype: 'F32', shape: [1] }, 'got undefined'],
    ],
  ],
  ...(['decodeFloat16', 'decodeBfloat16'] as const).map((name) =>
    coder(name, [
      ['bytes', Uint8Array.of(1), 'got Uint8Array'],
      ['a buffer', new ArrayBuffer(2), 'got ArrayBuffer'],
    ]),
  ),
  ...(['encodeFloat16', 'encodeBfloat16'] as const).map((name) =>
    coder(name, [
      ['doubles', Float64Array.of(1), 'got Float64Array'],
      ['a buffer', new ArrayBuffer(4), 'got ArrayBuffer'],
    ]),
  ),
  ...(
    [
      'decodeFloat8E4M3',
      'decodeFloat8E5M2',
      'decodeFloat8E4M3FNUZ',
      'decodeFloat8E5M2FNUZ',
      'decodeFloat8E8M0',
    ] as const
  ).map((name) =>
    coder(name, [
      ['signed bytes', Int8Array.of(1), 'got Int8Array'],
      ['clamped bytes', Uint8ClampedArray.of(1), 'got Uint8ClampedArray'],
      ['a buffer', new ArrayBuffer(2), 'got ArrayBuffer'],
    ]),
  ),
];

describe.each(tables)('%s', (name, call, cases) => {
  it.each(cases)('refuses %s', (_, value, got) => {
    let error: unknown;
    try {
      call(value);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(TypeError);
    expect((error as TypeError).message).toMatch(new RegExp(`^${name}: `));
    expect((error as TypeError).message).toContain(got);
  });
});

it('the tables name every public function', () => {
  const functions = Object.keys(safetensors).filter((name) => name !== 'SafetensorsError');
  expect([...new Set(tables.map(([name]) => name))].sort()).toEqual(functions.sort());
});

it('arrays of another realm are taken: in Jest, Buffers come from outside', () => {
  const foreign = runInNewContext('({ floats: Float32Array.of(1, 2), bits: Uint16Array.of(0x3c00) })') as {
    floats: Float32Array;
    bits: Uint16Array;
  };
  expect(foreign.floats).not.toBeInstanceOf(Float32Array);
  const file = serializeSafetensors([['a', { dtype: 'F32', shape: [2], data: foreign.floats }]]);
  const elsewhere = runInNewContext('new Uint8Array(bytes).buffer', { bytes: [...file] }) as ArrayBuffer;
  expect(elsewhere).not.toBeInstanceOf(ArrayBuffer);
  for (const bytes of [elsewhere, runInNewContext('new Uint8Array(bytes)', { bytes: [...file] }) as Uint8Array]) {
    expect([...toFloat32(parseSafetensors(bytes).tensors.get('a') as SafeTensor)]).toEqual([1, 2]);
  }
  expect([...safetensors.decodeFloat16(foreign.bits)]).toEqual([1]);
});

it('bytes are taken from any view of them: a pooled Buffer, a view with an offset, a shared buffer', () => {
  const file = serializeSafetensors([['a', { dtype: 'F32', shape: [1], data: Float32Array.of(3) }]]);
  const shared = new SharedArrayBuffer(file.length);
  new Uint8Array(shared).set(file);
  const shifted = new Uint8Array(file.length + 3);
  shifted.set(file, 3);
  const pooled = Buffer.from(file);
  for (const bytes of [
    pooled,
    new DataView(file.buffer) as unknown as Uint8Array,
    shared as unknown as ArrayBuffer,
    shifted.subarray(3),
  ]) {
    expect(parseSafetensors(bytes).tensors.get('a')?.data).toEqual(Float32Array.of(3));
  }
});
