import { expect, it } from 'vitest';
import { columnValues } from './columnValues.js';
import type { ColumnChunk } from './footer.js';

const column: ColumnChunk = { path: 'x', type: 1, codec: 0, start: 0, bytes: 0, levels: 1 };
const zigzag = (value: number): number => 2 * value;
/** A data page of version 1: its numbers of values and bytes, its encoding, its content. */
const page = (count: number, encoding: number, content: number[]): Uint8Array =>
  Uint8Array.from([
    ...[0x15, 0, 0x15, zigzag(content.length), 0x15, zigzag(content.length)],
    ...[0x2c, 0x15, zigzag(count), 0x15, zigzag(encoding), 0, 0],
    ...content,
  ]);
const read = (bytes: Uint8Array, rows: number, changed: Partial<ColumnChunk> = {}): unknown[] =>
  columnValues(bytes, { ...column, ...changed }, rows, (what, at) => new Error(`${what} @${at}`));
const int = (value: number): number[] => [value, 0, 0, 0];

it('reads plain numbers where levels say there are some', () => {
  // Levels packed in one byte, 0b101: there, absent, there.
  expect(read(page(3, 0, [...int(2), 3, 5, ...int(7), ...int(9)]), 3)).toEqual([7, null, 9]);
  expect(read(page(2, 0, [...int(7), ...int(9)]), 2, { levels: 0 })).toEqual([7, 9]);
});

it.each<[string, Uint8Array, number, RegExp, Partial<ColumnChunk>?]>([
  ['a run of levels longer than the rows', page(3, 0, [...int(3), 200, 1, 1]), 3, /a run of 100 numbers, of 3 left/],
  ['levels that leave their page', page(3, 0, [...int(90), 6, 1]), 3, /levels of 90 bytes do not fit/],
  ['more values than rows are left', page(3, 0, [...int(2), 6, 1]), 2, /a page has 3 values of 2 left @0/],
  ['a page without anything', page(0, 0, []), 2, /a page is empty @0/],
  ['fewer pages than rows', page(1, 0, [...int(2), 2, 1, ...int(7)]), 2, /ends too early @23/],
  ['an unknown encoding', page(1, 5, [...int(2), 2, 1, ...int(7)]), 1, /encoding 5 is not one of/],
  ['an index that the dictionary has not', page(1, 8, [1, 2, 1]), 1, /index 1 of a dictionary of 0/, { levels: 0 }],
  ['an unknown compression', page(1, 0, int(7)), 1, /compression 6 is not one of/, { codec: 6 }],
  ['a value that leaves the page', page(1, 0, int(9)), 1, /a value of 9 bytes does not fit/, { levels: 0, type: 6 }],
])('refuses %s', (_, bytes, rows, message, changed) => expect(() => read(bytes, rows, changed)).toThrow(message));
