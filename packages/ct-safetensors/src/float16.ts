/**
 * IEEE 754 half precision (`F16`): sign, 5 bits of exponent (bias 15), 10 bits of mantissa.
 */

import { checkArray } from './arrayKind.js';
import type { Fresh } from './fresh.js';

/**
 * Widens halves to float32, exactly: subnormals, infinities, signed zeros and the payload of a NaN included.
 *
 *     x = (-1)^s 2^(e - 15) (1 + m/1024),   e = 0: (-1)^s m 2^-24
 */
export function decodeFloat16(halves: Uint16Array): Fresh<Float32Array> {
  checkArray('decodeFloat16: halves', 'Uint16Array', halves);
  const values = new Float32Array(halves.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i]!;
    const exponent = (half >> 10) & 0x1f;
    const mantissa = half & 0x3ff;
    const sign = (half & 0x8000) << 16;
    if (exponent === 0) values[i] = (sign < 0 ? -1 : 1) * mantissa * 2 ** -24;
    else bits[i] = sign | ((exponent === 0x1f ? 0xff : exponent + 112) << 23) | (mantissa << 13);
  }
  return values;
}

/**
 * Narrows float32 to halves, rounding to nearest, ties to even, as hardware does.
 *
 * From 65520 = (2 - 2^-11) 2^15 on a value becomes infinite; at or below 2^-25 it becomes a signed zero. A NaN
 * stays one: quiet, with the top of its payload.
 */
export function encodeFloat16(values: Float32Array): Fresh<Uint16Array> {
  checkArray('encodeFloat16: values', 'Float32Array', values);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const word = bits[i]!;
    halves[i] = ((word >>> 16) & 0x8000) | halfMagnitude(word & 0x7fffffff, values[i]!);
  }
  return halves;
}

function halfMagnitude(word: number, value: number): number {
  if (word > 0x7f800000) return 0x7e00 | ((word >> 13) & 0x3ff);
  if (word >= 0x477ff000) return 0x7c00;
  if (word < 0x38800000) {
    // A subnormal counts units of 2^-24. In double, adding 2^52 leaves no room for a fraction: it rounds to even.
    return Math.abs(value) * 2 ** 24 + 2 ** 52 - 2 ** 52;
  }
  // Adding just under half a unit, and the last kept bit, carries exactly where ties-to-even rounds up.
  return (word - (112 << 23) + 0xfff + ((word >> 13) & 1)) >> 13;
}
