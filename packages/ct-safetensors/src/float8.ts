/**
 * The 8-bit floats: the two of "FP8 Formats for Deep Learning" (Micikevicius et al., 2022, table 1), their variants
 * without infinities and negative zero ("FNUZ": Noune et al., "8-bit Numerical Formats for Deep Neural Networks",
 * 2022), and the scales of the OCP Microscaling Formats (MX) specification 1.0.
 */

import { checkArray } from './arrayKind.js';
import { decodeFloat16 } from './float16.js';
import type { Fresh } from './fresh.js';

/** Widens `F8_E5M2` to float32, exactly: it is the upper byte of a half, infinities and NaN included. */
export function decodeFloat8E5M2(bytes: Uint8Array): Fresh<Float32Array> {
  checkArray('decodeFloat8E5M2: bytes', 'Uint8Array', bytes);
  return decodeFloat16(Uint16Array.from(bytes, (byte) => byte << 8));
}

/**
 * Widens `F8_E4M3` to float32, exactly. It has no infinities, and NaN only where all seven bits are ones, so that
 * its range ends at 448:
 *
 *     x = (-1)^s 2^(e - 7) (1 + m/8),   e = 0: (-1)^s m 2^-9
 */
export function decodeFloat8E4M3(bytes: Uint8Array): Fresh<Float32Array> {
  checkArray('decodeFloat8E4M3: bytes', 'Uint8Array', bytes);
  return Float32Array.from(bytes, (byte) => ((byte & 0x7f) === 0x7f ? NaN : floatOf(byte, 3, 7)));
}

/**
 * Widens `F8_E4M3FNUZ` to float32, exactly. What would be a negative zero is NaN; the range ends at 240:
 *
 *     x = (-1)^s 2^(e - 8) (1 + m/8),   e = 0: (-1)^s m 2^-10
 */
export function decodeFloat8E4M3FNUZ(bytes: Uint8Array): Fresh<Float32Array> {
  checkArray('decodeFloat8E4M3FNUZ: bytes', 'Uint8Array', bytes);
  return Float32Array.from(bytes, (byte) => (byte === 0x80 ? NaN : floatOf(byte, 3, 8)));
}

/**
 * Widens `F8_E5M2FNUZ` to float32, exactly. What would be a negative zero is NaN; the range ends at 57344:
 *
 *     x = (-1)^s 2^(e - 16) (1 + m/4),   e = 0: (-1)^s m 2^-17
 */
export function decodeFloat8E5M2FNUZ(bytes: Uint8Array): Fresh<Float32Array> {
  checkArray('decodeFloat8E5M2FNUZ: bytes', 'Uint8Array', bytes);
  return Float32Array.from(bytes, (byte) => (byte === 0x80 ? NaN : floatOf(byte, 2, 16)));
}

/** Widens `F8_E8M0`, the scales of MX formats, to float32, exactly: `x = 2^(e - 127)`; all ones are NaN. */
export function decodeFloat8E8M0(bytes: Uint8Array): Fresh<Float32Array> {
  checkArray('decodeFloat8E8M0: bytes', 'Uint8Array', bytes);
  return Float32Array.from(bytes, (byte) => (byte === 0xff ? NaN : 2 ** (byte - 127)));
}

/** The value of a sign, an exponent with this bias, and so many bits of mantissa; no pattern is a special value. */
function floatOf(byte: number, mantissaBits: number, bias: number): number {
  const sign = byte & 0x80 ? -1 : 1;
  const exponent = (byte & 0x7f) >> mantissaBits;
  const fraction = (byte & ((1 << mantissaBits) - 1)) / (1 << mantissaBits);
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}
