import { describe, expect, it } from 'vitest';
import { decodeFloat16, encodeFloat16 } from './float16.js';

const every = Uint16Array.from({ length: 65536 }, (_, i) => i);
const bitsOf = (values: Float32Array) => new Uint32Array(values.buffer);
const encode = (...values: number[]) => [...encodeFloat16(Float32Array.from(values))];

describe('decodeFloat16', () => {
  it('equals the closed form exactly for all finite halves', () => {
    const decoded = decodeFloat16(every);
    for (let i = 0; i < 65536; i++) {
      const exponent = (i >> 10) & 31;
      if (exponent === 31) continue;
      const sign = i & 0x8000 ? -1 : 1;
      const mantissa = i & 1023;
      const exact = sign * (exponent === 0 ? mantissa * 2 ** -24 : (1 + mantissa / 1024) * 2 ** (exponent - 15));
      if (!Object.is(decoded[i], exact)) expect.fail(`half ${i}: got ${decoded[i]}, expected ${exact}`);
    }
  });

  it('reads both infinities and keeps the payload of NaN', () => {
    expect([...decodeFloat16(Uint16Array.of(0x7c00, 0xfc00))]).toEqual([Infinity, -Infinity]);
    expect([...bitsOf(decodeFloat16(Uint16Array.of(0x7e01, 0xfd55)))]).toEqual([0x7fc02000, 0xffaaa000]);
  });
});

describe('encodeFloat16', () => {
  it('is the inverse of decodeFloat16 for all 65536 halves, but for quiet NaN', () => {
    const back = encodeFloat16(decodeFloat16(every));
    for (let i = 0; i < 65536; i++) {
      const isNaN = (i & 0x7fff) > 0x7c00;
      if (back[i] !== (isNaN ? i | 0x200 : i)) expect.fail(`half ${i} came back as ${back[i]}`);
    }
  });

  it('rounds a tie to the even neighbour and everything else to the nearer, between all neighbours', () => {
    const positive = decodeFloat16(every.subarray(0, 0x7c00));
    for (let i = 0; i + 1 < positive.length; i++) {
      // A midpoint of halves has 12 bits of mantissa: float32 holds it exactly, and its two neighbours.
      const middle = Float32Array.of((positive[i]! + positive[i + 1]!) / 2);
      const [word] = new Uint32Array(middle.buffer) as unknown as [number];
      const near = new Float32Array(Uint32Array.of(word - 1, word, word + 1).buffer);
      const expected = [i, i % 2 === 0 ? i : i + 1, i + 1];
      if (encodeFloat16(near).join() !== expected.join())
        expect.fail(`near ${middle[0]}: ${encodeFloat16(near).join()}`);
    }
  });

  it('overflows to infinity from 65520 on and underflows to a signed zero at 2^-25', () => {
    expect(encode(65519.996, 65520, -65520, 3e38, Infinity, -Infinity)).toEqual([
      0x7bff, 0x7c00, 0xfc00, 0x7c00, 0x7c00, 0xfc00,
    ]);
    expect(encode(2 ** -25, -(2 ** -25), 2 ** -25 * 1.0001, 1e-45, 0, -0)).toEqual([0, 0x8000, 1, 0, 0, 0x8000]);
  });

  it('keeps NaN a NaN, even where its payload lies in the bits dropped', () => {
    const encoded = encodeFloat16(new Float32Array(Uint32Array.of(0x7f800001, 0xff800001, 0x7fc00000).buffer));
    expect([...encoded]).toEqual([0x7e00, 0xfe00, 0x7e00]);
  });

  it('reads a view that does not begin its buffer', () => {
    expect([...encodeFloat16(Float32Array.of(9, 1, 2).subarray(1))]).toEqual([0x3c00, 0x4000]);
  });

  it('maps empty to empty', () => {
    expect(encode()).toEqual([]);
    expect(decodeFloat16(new Uint16Array())).toHaveLength(0);
  });
});
