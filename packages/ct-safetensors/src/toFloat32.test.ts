import { describe, expect, it } from 'vitest';
import type { SafeTensor } from './safeTensor.js';
import { toFloat32 } from './toFloat32.js';

describe('toFloat32', () => {
  it.each<[SafeTensor, number[]]>([
    [{ dtype: 'F16', shape: [2], data: Uint16Array.of(0x3c00, 0xc000) }, [1, -2]],
    [{ dtype: 'BF16', shape: [2], data: Uint16Array.of(0x3f80, 0xc000) }, [1, -2]],
    [{ dtype: 'F8_E4M3', shape: [2], data: Uint8Array.of(0x38, 0xc0) }, [1, -2]],
    [{ dtype: 'F8_E5M2', shape: [2], data: Uint8Array.of(0x3c, 0xc0) }, [1, -2]],
    [{ dtype: 'F64', shape: [3], data: Float64Array.of(0.1, 1e300, NaN) }, [Math.fround(0.1), Infinity, NaN]],
  ])('converts $dtype', (tensor, expected) => {
    expect([...toFloat32(tensor)]).toEqual(expected);
  });

  it('returns the array of F32 itself', () => {
    const data = Float32Array.of(1, 2);
    expect(toFloat32({ dtype: 'F32', shape: [2], data })).toBe(data);
  });

  it.each(['F8_E4M3FNUZ', 'F8_E5M2FNUZ', 'F8_E8M0'] as const)('converts %s', (dtype) => {
    const one = { F8_E4M3FNUZ: 0x40, F8_E5M2FNUZ: 0x40, F8_E8M0: 0x7f }[dtype];
    expect([...toFloat32({ dtype, shape: [1], data: Uint8Array.of(one) })]).toEqual([1]);
  });

  it.each<SafeTensor>([
    { dtype: 'I64', shape: [], data: BigInt64Array.of(1n) },
    { dtype: 'BOOL', shape: [1], data: Uint8Array.of(1) },
    { dtype: 'C64', shape: [1], data: Float32Array.of(1, 2) },
    { dtype: 'F4', shape: [2], data: Uint8Array.of(1) },
    { dtype: 'F6_E2M3', shape: [4], data: Uint8Array.of(1, 2, 3) },
    { dtype: 'F6_E3M2', shape: [4], data: Uint8Array.of(1, 2, 3) },
  ])('refuses $dtype', (tensor) => {
    expect(() => toFloat32(tensor)).toThrow(
      new TypeError(`toFloat32: expected real floats of at least 8 bits, got ${tensor.dtype}; read tensor.data`),
    );
  });
});
