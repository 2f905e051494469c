import { expect, it } from 'vitest';
import { parquetOf } from '@curvature-tuning/tiny-sets';
import { parseFooter } from './footer.js';

const file = parquetOf([Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3), Uint8Array.of(4)], [0, 1, 0, 1]);
const length = new DataView(file.buffer, file.length - 8).getUint32(0, true);
const footer = file.subarray(file.length - 8 - length, file.length - 8);
const parse = (bytes: Uint8Array, size: number): ReturnType<typeof parseFooter> =>
  parseFooter(bytes, size, (what, at) => new Error(`${what} @${at}`));

it('names the groups of rows, their columns, and how much of each may be absent', () => {
  const groups = parse(footer, file.length);
  expect(groups.map(({ rows }) => rows)).toEqual([3, 1]);
  expect(groups[0]!.columns.map(({ path, type, levels }) => [path, type, levels])).toEqual([
    ['image.bytes', 6, 2],
    ['image.path', 6, 2],
    ['labels', 2, 1],
  ]);
  expect(groups[0]!.columns[0]!.start).toBe(4);
});

it('refuses columns that leave the file, more rows than bytes, and what is no footer', () => {
  expect(() => parse(footer, 40)).toThrow(/group 1 of its rows has a column at \d+ of \d+ bytes in a file of 40/);
  expect(() => parse(footer, 2)).toThrow('group 1 of its rows has 3, more than the file has bytes');
  expect(() => parse(footer.subarray(0, 20), file.length)).toThrow(/ends too early|do not fit/);
  expect(() => parse(Uint8Array.of(0), 9)).toThrow('field 2 of a struct must be a list');
});
