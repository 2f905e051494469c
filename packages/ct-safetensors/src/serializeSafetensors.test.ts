import { describe, expect, it } from 'vitest';
import { parseSafetensors } from './parseSafetensors.js';
import type { SafetensorsError, SafetensorsErrorCode } from './safetensorsError.js';
import type { SafeTensor } from './safeTensor.js';
import { serializeSafetensors } from './serializeSafetensors.js';

const bytes = (...data: number[]): SafeTensor => ({ dtype: 'U8', shape: [data.length], data: Uint8Array.from(data) });

describe('serializeSafetensors', () => {
  it('pads the header with spaces to a multiple of 8', () => {
    const file = serializeSafetensors([['a', bytes(1)]]);
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(new TextDecoder().decode(file.subarray(8, 8 + length))).toBe(
      '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}   ',
    );
    expect(file.length).toBe(8 + length + 1);
  });

  it('gives the same bytes whatever the order of tensors and metadata', () => {
    const wide: SafeTensor = { dtype: 'F64', shape: [], data: Float64Array.of(1) };
    const one = serializeSafetensors(
      [
        ['a', bytes(1)],
        ['b', bytes(2)],
        ['w', wide],
      ],
      { x: '1', y: '2' },
    );
    const other = serializeSafetensors(
      new Map([
        ['w', wide],
        ['b', bytes(2)],
        ['a', bytes(1)],
      ]),
      { y: '2', x: '1' },
    );
    expect(other).toEqual(one);
    expect([...parseSafetensors(one).tensors.keys()]).toEqual(['w', 'a', 'b']);
  });

  it('writes the part of a buffer that a view covers', () => {
    const data = Float32Array.of(1, 2, 3).subarray(1);
    const { tensors } = parseSafetensors(serializeSafetensors([['a', { dtype: 'F32', shape: [2], data }]]));
    expect(tensors.get('a')?.data).toEqual(Float32Array.of(2, 3));
  });

  it('writes a file without tensors', () => {
    expect(serializeSafetensors([])).toEqual(
      Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d, 0x20, 0x20, 0x20, 0x20, 0x20, 0x20),
    );
  });

  it.each<[string, SafetensorsErrorCode, () => unknown]>([
    ['__metadata__ as a tensor', 'invalid-name', () => serializeSafetensors([['__metadata__', bytes(1)]])],
    ['__proto__ as a tensor', 'invalid-name', () => serializeSafetensors([['__proto__', bytes(1)]])],
    ['half a surrogate pair', 'invalid-name', () => serializeSafetensors([['\ud800', bytes(1)]])],
    [
      'a name twice',
      'duplicate-key',
      () =>
        serializeSafetensors([
          ['a', bytes(1)],
          ['a', bytes(1)],
        ]),
    ],
    [
      'an unknown dtype',
      'unknown-dtype',
      () => serializeSafetensors([['a', { dtype: 'F5' as 'U8', shape: [1], data: Uint8Array.of(1) }]]),
    ],
    [
      'an array of another dtype',
      'unknown-dtype',
      () =>
        serializeSafetensors([['a', { dtype: 'F32', shape: [1], data: Int32Array.of(1) as unknown as Float32Array }]]),
    ],
    [
      '4-bit elements that end inside a byte',
      'size-mismatch',
      () => serializeSafetensors([['a', { dtype: 'F4', shape: [3], data: Uint8Array.of(1, 2) }]]),
    ],
    [
      'a typed array as shape',
      'invalid-shape',
      () =>
        serializeSafetensors([
          ['a', { dtype: 'U8', shape: Int32Array.of(1) as unknown as number[], data: Uint8Array.of(1) }],
        ]),
    ],
    [
      'a shape with a hole',
      'invalid-shape',
      () => serializeSafetensors([['a', { dtype: 'U8', shape: new Array<number>(1), data: Uint8Array.of(1) }]]),
    ],
    [
      'a string as dimension',
      'invalid-shape',
      () => serializeSafetensors([['a', { dtype: 'U8', shape: ['1' as unknown as number], data: Uint8Array.of(1) }]]),
    ],
    [
      'no shape',
      'invalid-shape',
      () => serializeSafetensors([['a', { dtype: 'U8', data: Uint8Array.of(1) } as unknown as SafeTensor]]),
    ],
    [
      'a plain array as data',
      'unknown-dtype',
      () => serializeSafetensors([['a', { dtype: 'U8', shape: [1], data: [1] as unknown as Uint8Array }]]),
    ],
    [
      'a negative dimension',
      'invalid-shape',
      () => serializeSafetensors([['a', { dtype: 'U8', shape: [-1, -1], data: Uint8Array.of(1) }]]),
    ],
    [
      'a fraction as dimension',
      'invalid-shape',
      () => serializeSafetensors([['a', { dtype: 'U8', shape: [0.5, 2], data: Uint8Array.of(1) }]]),
    ],
    [
      'a shape past 2^53',
      'overflow',
      () => serializeSafetensors([['a', { dtype: 'U8', shape: [2 ** 30, 2 ** 30], data: Uint8Array.of(1) }]]),
    ],
    [
      'a shape of another size',
      'size-mismatch',
      () => serializeSafetensors([['a', { dtype: 'U8', shape: [2], data: Uint8Array.of(1) }]]),
    ],
    ['metadata that is no string', 'invalid-metadata', () => serializeSafetensors([], { a: 1 as unknown as string })],
    ['metadata with half a surrogate pair', 'invalid-metadata', () => serializeSafetensors([], { a: '\ud800' })],
  ])('refuses %s as %s', (_, code, write) => {
    expect(write).toThrow(expect.objectContaining({ name: 'SafetensorsError', code }) as SafetensorsError);
  });
});
