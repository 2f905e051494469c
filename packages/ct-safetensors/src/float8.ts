/**
 * The two 8-bit floats of "FP8 Formats for Deep Learning" (Micikevicius et al., 2022, table 1).
 */

import { decodeFloat16 } from './float16.js';

/** Widens `F8_E5M2` to float32, exactly: it is the upper byte of a half, infinities and NaN included. */
export function decodeFloat8E5M2(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  return decodeFloat16(Uint16Array.from(bytes, (byte) => byte << 8));
}

/**
 * Widens `F8_E4M3` to float32, exactly. It has no infinities, and NaN only where all seven bits are ones, so that
 * its range ends at 448:
 *
 *     x = (-1)^s 2^(e - 7) (1 + m/8),   e = 0: (-1)^s m 2^-9
 */
export function decodeFloat8E4M3(bytes: Uint8Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(bytes, (byte) => {
    const exponent = (byte >> 3) & 0xf;
    const mantissa = byte & 7;
    const sign = byte & 0x80 ? -1 : 1;
    if ((byte & 0x7f) === 0x7f) return NaN;
    return sign * (exponent === 0 ? mantissa * 2 ** -9 : (1 + mantissa / 8) * 2 ** (exponent - 7));
  });
}
