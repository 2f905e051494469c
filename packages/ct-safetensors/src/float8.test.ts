import { describe, expect, it } from 'vitest';
import { decodeFloat8E4M3, decodeFloat8E5M2 } from './float8.js';

// Table 1 of "FP8 Formats for Deep Learning", arXiv 2209.05433.
describe('decodeFloat8E4M3', () => {
  it('reads the values of the table exactly: 448, 2^-6, 7/8 2^-6, 2^-9, NaN', () => {
    expect([...decodeFloat8E4M3(Uint8Array.of(0x7e, 0x08, 0x07, 0x01, 0x7f, 0xff))]).toEqual([448, 2 ** -6, (7 / 8) * 2 ** -6, 2 ** -9, NaN, NaN]);
  });

  it('reads signs, and zero with them', () => {
    expect([...decodeFloat8E4M3(Uint8Array.of(0xfe, 0xb8, 0x00, 0x80))]).toEqual([-448, -1, 0, -0]);
  });

  it('ascends strictly over the 127 positive values', () => {
    const values = decodeFloat8E4M3(Uint8Array.from({ length: 127 }, (_, i) => i));
    expect(values.every((x, i) => i === 0 || x > (values[i - 1] as number))).toBe(true);
  });
});

describe('decodeFloat8E5M2', () => {
  it('reads the values of the table exactly: 57344, 2^-14, 3/4 2^-14, 2^-16, infinity, NaN', () => {
    expect([...decodeFloat8E5M2(Uint8Array.of(0x7b, 0x04, 0x03, 0x01, 0x7c, 0xfc, 0x7d, 0xff))]).toEqual([57344, 2 ** -14, 0.75 * 2 ** -14, 2 ** -16, Infinity, -Infinity, NaN, NaN]);
  });
});
