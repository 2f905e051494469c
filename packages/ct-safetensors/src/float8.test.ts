import { describe, expect, it } from 'vitest';
import {
  decodeFloat8E4M3,
  decodeFloat8E4M3FNUZ,
  decodeFloat8E5M2,
  decodeFloat8E5M2FNUZ,
  decodeFloat8E8M0,
} from './float8.js';

// Table 1 of "FP8 Formats for Deep Learning", arXiv 2209.05433.
describe('decodeFloat8E4M3', () => {
  it('reads the values of the table exactly: 448, 2^-6, 7/8 2^-6, 2^-9, NaN', () => {
    expect([...decodeFloat8E4M3(Uint8Array.of(0x7e, 0x08, 0x07, 0x01, 0x7f, 0xff))]).toEqual([
      448,
      2 ** -6,
      (7 / 8) * 2 ** -6,
      2 ** -9,
      NaN,
      NaN,
    ]);
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
    expect([...decodeFloat8E5M2(Uint8Array.of(0x7b, 0x04, 0x03, 0x01, 0x7c, 0xfc, 0x7d, 0xff))]).toEqual([
      57344,
      2 ** -14,
      0.75 * 2 ** -14,
      2 ** -16,
      Infinity,
      -Infinity,
      NaN,
      NaN,
    ]);
  });
});

// The numbers of "8-bit Numerical Formats for Deep Neural Networks", arXiv 2206.02915, table 2 (biases 8 and 16).
describe('the variants without infinities and negative zero', () => {
  it('decodeFloat8E4M3FNUZ reads 240, 2^-7, 7/8 2^-7, 2^-10, 1, -1, 0 and the one NaN', () => {
    expect([...decodeFloat8E4M3FNUZ(Uint8Array.of(0x7f, 0x08, 0x07, 0x01, 0x40, 0xc0, 0x00, 0x80))]).toEqual([
      240,
      2 ** -7,
      (7 / 8) * 2 ** -7,
      2 ** -10,
      1,
      -1,
      0,
      NaN,
    ]);
  });

  it('decodeFloat8E5M2FNUZ reads 57344, 2^-15, 3/4 2^-15, 2^-17, 1, -1, 0 and the one NaN', () => {
    expect([...decodeFloat8E5M2FNUZ(Uint8Array.of(0x7f, 0x04, 0x03, 0x01, 0x40, 0xc0, 0x00, 0x80))]).toEqual([
      57344,
      2 ** -15,
      0.75 * 2 ** -15,
      2 ** -17,
      1,
      -1,
      0,
      NaN,
    ]);
  });

  it.each([decodeFloat8E4M3FNUZ, decodeFloat8E5M2FNUZ])(
    '%o gives 255 finite values, which ascend strictly from the sign up',
    (decode) => {
      const values = decode(Uint8Array.from({ length: 256 }, (_, i) => i));
      const positive = values.subarray(0, 128);
      expect(positive.every((x, i) => i === 0 || x > (positive[i - 1] as number))).toBe(true);
      expect([...values.subarray(129)]).toEqual([...positive.subarray(1)].map((x) => -x));
    },
  );
});

describe('decodeFloat8E8M0', () => {
  it('reads powers of two from 2^-127 to 2^127, and NaN', () => {
    expect([...decodeFloat8E8M0(Uint8Array.of(0, 1, 126, 127, 128, 254, 255))]).toEqual([
      2 ** -127,
      2 ** -126,
      0.5,
      1,
      2,
      2 ** 127,
      NaN,
    ]);
  });
});
