import { describe, expect, it } from 'vitest';
import { Cursor } from './cursor.js';
import { TorchFileError } from './torchFileError.js';

const cursorOf = (...bytes: number[]) => new Cursor({ bytes: Uint8Array.from(bytes), start: 100, field: 'x' });

describe('Cursor', () => {
  it('reads numbers in the byte order of files, and doubles in that of pickles', () => {
    const cursor = cursorOf(
      1,
      2,
      1,
      4,
      3,
      2,
      1,
      0xfe,
      0xff,
      0xff,
      0xff,
      1,
      0,
      0,
      0,
      1,
      0,
      0,
      0,
      0xc0,
      0,
      0,
      0,
      0,
      0,
      0,
      0,
    );
    expect([cursor.u8(), cursor.u16(), cursor.u32(), cursor.i32(), cursor.u64(), cursor.f64()]).toEqual([
      1,
      0x0102,
      0x01020304,
      -2,
      2 ** 32 + 1,
      -2,
    ]);
    expect(cursor.isAtEnd).toBe(true);
  });

  it.each([NaN, 2 ** 53, Infinity])('refuses to pass %d bytes', (count) => {
    expect(() => cursorOf(1).skip(count)).toThrow(`parseTorchFile: x, byte 100: expected ${count} more bytes, got 1`);
  });

  it('refuses counts beyond 2^53 - 1, and negative ones, which are such', () => {
    const huge = () => cursorOf(...new Array<number>(8).fill(0xff)).u64();
    expect(huge).toThrow(TorchFileError);
    expect(huge).toThrow('parseTorchFile: x, byte 100: a count of 18446744073709551615');
  });

  it('reads lines, of a length that is bounded', () => {
    const cursor = cursorOf(97, 98, 10, 99);
    expect([...cursor.line(2)]).toEqual([97, 98]);
    expect(() => cursor.line(2)).toThrow('parseTorchFile: x, byte 103: expected a line of at most 2 bytes');
    expect(() => cursorOf(97, 98, 99, 10).line(2)).toThrow('expected a line of at most 2 bytes');
  });
});
