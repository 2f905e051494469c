import { describe, expect, it } from 'vitest';
import { byteLengthOf, dtypes, isDtype } from './safeTensor.js';
import type { Dtype } from './safeTensor.js';
import { SafetensorsError } from './safetensorsError.js';

const names = Object.keys(dtypes) as Dtype[];

it('stores an element in an array whose elements its bits fill, or that it packs into bytes', () => {
  for (const { bits, array } of Object.values(dtypes)) {
    const width = 8 * array.BYTES_PER_ELEMENT;
    // C64 is two floats.
    expect(bits < 8 ? width === 8 : bits % width === 0 && bits / width <= 2).toBe(true);
  }
});

it('goes from narrow elements to wide ones, so that a writer that begins at the end keeps them aligned', () => {
  const widths = names.slice(1).map((name) => dtypes[name].bits);
  expect(widths.filter((bits) => bits >= 8)).toEqual(widths.filter((bits) => bits >= 8).toSorted((a, b) => a - b));
});

it('isDtype knows the names of the format, and nothing that objects have by nature', () => {
  expect(names.every(isDtype)).toBe(true);
  for (const other of ['f32', 'toString', '__proto__', '', 32, null, undefined]) expect(isDtype(other)).toBe(false);
});

describe('byteLengthOf', () => {
  it.each<[Dtype, number[], number]>([
    ['F32', [], 4],
    ['F32', [2, 3], 24],
    ['BOOL', [5], 5],
    ['C64', [3], 24],
    ['F4', [4], 2],
    ['F6_E2M3', [4], 3],
    ['I64', [0, 7], 0],
  ])('%s of shape %j takes %d bytes', (dtype, shape, bytes) => {
    expect(byteLengthOf(dtype, shape, 'x')).toBe(bytes);
  });

  it('refuses what does not end at a byte', () => {
    for (const [dtype, shape] of [
      ['F4', [3]],
      ['F6_E3M2', [2, 3]],
    ] as const)
      expect(() => byteLengthOf(dtype, shape, 'x')).toThrow('which do not end at a byte');
  });

  it('refuses products beyond 2^53 - 1 bytes, a later 0 or not', () => {
    const most = 2 ** 26;
    expect(byteLengthOf('U8', [most, most], 'x')).toBe(2 ** 52);
    expect(() => byteLengthOf('I16', [most, most], 'tensor "w"')).toThrow(
      new SafetensorsError('overflow', 'tensor "w": shape [67108864, 67108864] needs more than 2^53 - 1 bytes'),
    );
    expect(() => byteLengthOf('U8', [most, most, most, 0], 'x')).toThrow(SafetensorsError);
    expect(() => byteLengthOf('U8', new Array<number>(9).fill(most), 'x')).toThrow(/67108864, \.\.\.\]/);
  });
});
