import { expect, it } from 'vitest';
import { ThriftReader } from './thrift.js';

const read = (...bytes: number[]): unknown =>
  new ThriftReader(Uint8Array.from(bytes), 0, (what, at) => new Error(`${what} @${at}`)).struct();

it('reads numbers, texts, flags, lists and structs by their fields', () => {
  // Fields 1: true, 2: i32 -3, 3: "ab", 5: list of i64 [1, 300], 6: {1: i8 -1}, 40: double 1.5.
  const value = read(
    ...[0x11, 0x15, 5, 0x18, 2, 97, 98, 0x29, 0x26, 2, 0xd8, 4],
    ...[0x1c, 0x13, 0xff, 0, 0x07, 80, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 0],
  );
  expect(value).toEqual(
    new Map<number, unknown>([
      [1, true],
      [2, -3],
      [3, Uint8Array.of(97, 98)],
      [5, [1, 300]],
      [6, new Map([[1, -1]])],
      [40, 1.5],
    ]),
  );
});

it.each<[string, number[], RegExp]>([
  ['the end of the bytes', [0x15], /ends too early @1/],
  ['a text longer than what is left', [0x18, 100, 1], /100 bytes do not fit @2/],
  ['a list of more elements than bytes', [0x19, 0xf5, 0xff, 0xff, 3, 0], /a list of 65535 does not fit @5/],
  ['a number without end', [0x15, ...new Array<number>(12).fill(0xff)], /more than 64 bits/],
  ['structs in structs in structs', new Array<number>(99).fill(0x1c), /lie too deep/],
  ['a kind that Parquet has not', [0x1d, 0], /13 is no kind of value/],
])('refuses %s', (_, bytes, message) => expect(() => read(...bytes)).toThrow(message));
