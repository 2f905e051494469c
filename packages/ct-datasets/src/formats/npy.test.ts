import { describe, expect, it } from 'vitest';
import { npyOf } from '@curvature-tuning/tiny-sets';
import { parseNpy, parseNpyHeader } from './npy.js';

/** A file of version 1.0 with any header text and value bytes. */
function file(header: string, values: readonly number[] = []): Uint8Array {
  return Uint8Array.from([
    ...Array.from('\x93NUMPY\x01\x00', (mark) => mark.charCodeAt(0)),
    header.length & 255,
    header.length >> 8,
    ...Array.from(header, (mark) => mark.charCodeAt(0)),
    ...values,
  ]);
}
const header = (descr: string, shape: string): string =>
  `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }\n`;

describe('parseNpy', () => {
  // Value bytes written out by hand: two's complement and IEEE 754.
  it.each([
    ['|u1', [0, 255], Uint8Array.of(0, 255)],
    ['|b1', [1, 0], Uint8Array.of(1, 0)],
    ['<i2', [0, 128, 2, 1], Int16Array.of(-32768, 258)],
    ['>u2', [1, 2, 0, 3], Uint16Array.of(258, 3)],
    ['<i8', [2, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255], Int32Array.of(2, -1)],
    ['<f4', [0, 0, 192, 63, 0, 0, 128, 255], Float32Array.of(1.5, -Infinity)],
    ['>f8', [191, 248, 0, 0, 0, 0, 0, 0, 63, 185, 153, 153, 153, 153, 153, 154], Float64Array.of(-1.5, 0.1)],
  ])('reads %s', (descr, bytes, data) => {
    expect(parseNpy(file(header(descr, '(2,)'), bytes), 'x.npy')).toMatchObject({ data, shape: [2] });
  });

  it('reads a scalar, an empty array, one of three axes', () => {
    expect(parseNpy(file(header('|u1', '()'), [7]), 'x').shape).toEqual([]);
    expect(parseNpy(npyOf('u1', [0, 4], []), 'x')).toMatchObject({ data: new Uint8Array(), shape: [0, 4] });
    expect(parseNpy(npyOf('u1', [1, 2, 3], [1, 2, 3, 4, 5, 6]), 'x').shape).toEqual([1, 2, 3]);
    expect(parseNpyHeader(npyOf('i8', [3], [1, 2, 3]), 'x')).toMatchObject({ width: 8, shape: [3] });
  });

  it.each([
    ['another file', Uint8Array.of(1, 2, 3), /x\.npy is damaged at byte 0: it does not begin as an array of NumPy/],
    ['truncated values', npyOf('u1', [4], [1, 2, 3, 4]).subarray(0, -1), /calls for 132 bytes, it has 131/],
    ['a header that lies', file(header('|u1', '(99999999,)')), /shape \[99999999\] calls for/],
    ['sizes beyond all bounds', file(header('<f8', '(999999999, 999999999, 9999)')), /beyond all bounds/],
    ['objects', file(header('|O', '(1,)')), /type "\|O" are not read/],
    ["Fortran's order", file(header('|u1', '(1,)').replace('False', 'True')), /order of Fortran/],
    ['large integers', file(header('<i8', '(1,)'), [0, 0, 0, 0, 1, 0, 0, 0]), /4294967296 is beyond 32 bits/],
    ['a header without shape', file("{'descr': '|u1'}"), /lacks descr, fortran_order or shape/],
    ['an unknown version', npyOf('u1', [1], [1]).with(6, 9), /version 9/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseNpy(bytes, 'x.npy')).toThrow(message);
  });
});
