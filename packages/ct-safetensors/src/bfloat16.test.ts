import { describe, expect, it } from 'vitest';
import { decodeBfloat16, encodeBfloat16 } from './bfloat16.js';

const every = Uint16Array.from({ length: 65536 }, (_, i) => i);
const floats = (...words: number[]) => new Float32Array(Uint32Array.from(words).buffer);

describe('decodeBfloat16', () => {
  it('is the upper half of a float32, exactly, for all 65536 values', () => {
    const bits = new Uint32Array(decodeBfloat16(every).buffer);
    expect(bits.every((word, i) => word === i * 65536)).toBe(true);
  });

  it('reads 1, the smallest subnormal, infinity and NaN', () => {
    expect([...decodeBfloat16(Uint16Array.of(0x3f80, 1, 0xff80, 0x7fc0))]).toEqual([1, 2 ** -133, -Infinity, NaN]);
  });
});

describe('encodeBfloat16', () => {
  it('is the inverse of decodeBfloat16 for all 65536 values, but for quiet NaN', () => {
    const back = encodeBfloat16(decodeBfloat16(every));
    for (let i = 0; i < 65536; i++) {
      const isNaN = (i & 0x7fff) > 0x7f80;
      if (back[i] !== (isNaN ? i | 0x40 : i)) expect.fail(`${i} came back as ${back[i]}`);
    }
  });

  it('rounds a tie to the even neighbour and everything else to the nearer, between all neighbours', () => {
    for (let i = 0; i < 0x7f80; i++) {
      const tie = i * 65536 + 0x8000;
      const expected = [i, i % 2 === 0 ? i : i + 1, i + 1];
      if (encodeBfloat16(floats(tie - 1, tie, tie + 1)).join() !== expected.join()) expect.fail(`near ${tie}`);
    }
  });

  it('overflows to infinity with either sign and keeps signed zero', () => {
    expect([...encodeBfloat16(floats(0x7f7fffff, 0xff7fffff, 0, 0x80000000))]).toEqual([0x7f80, 0xff80, 0, 0x8000]);
  });

  it('keeps NaN a NaN, even where its payload lies in the bits dropped', () => {
    expect([...encodeBfloat16(floats(0x7f800001, 0xffffffff))]).toEqual([0x7fc0, 0xffff]);
  });
});
