/**
 * Brain floating point (`BF16`): the upper half of a float32.
 */

import { checkArray } from './arrayKind.js';
import type { Fresh } from './fresh.js';

/** Widens bfloat16 to float32, exactly: a bfloat16 is a float32 whose lower 16 bits are zero. */
export function decodeBfloat16(halves: Uint16Array): Fresh<Float32Array> {
  checkArray('decodeBfloat16: halves', 'Uint16Array', halves);
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

/**
 * Narrows float32 to bfloat16, rounding to nearest, ties to even, subnormals included.
 *
 * From (2 - 2^-8) 2^127 on a value becomes infinite. A NaN stays one: quiet, with the top of its payload.
 */
export function encodeBfloat16(values: Float32Array): Fresh<Uint16Array> {
  checkArray('encodeBfloat16: values', 'Float32Array', values);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const word = bits[i]!;
    const isNaN = (word & 0x7fffffff) > 0x7f800000;
    // Adding just under half a unit, and the last kept bit, carries exactly where ties-to-even rounds up.
    halves[i] = isNaN ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return halves;
}
