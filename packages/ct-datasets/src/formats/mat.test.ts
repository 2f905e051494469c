import { describe, expect, it } from 'vitest';
import { matOf } from '@curvature-tuning/tiny-sets';
import { parseMat } from './mat.js';

const arrays = { labels: [1, 102, 7], setid: [5] };
const expected = [
  { name: 'labels', shape: [1, 3], values: Float64Array.of(1, 102, 7) },
  { name: 'setid', shape: [1, 1], values: Float64Array.of(5) },
];

describe('parseMat', () => {
  it.each([true, false])('reads arrays, packed: %s', (packed) => {
    expect(parseMat(matOf(arrays, packed), 'x.mat')).toEqual(expected);
  });

  it('passes over what is no array of numbers', () => {
    const file = matOf({ cells: [1] }, false);
    // The class of the array, in the low byte of its flags: 1 are cells.
    file[128 + 8 + 8] = 1;
    expect(parseMat(file, 'x.mat')).toEqual([]);
  });

  it('names file and byte of what is damaged', () => {
    const file = matOf(arrays, true);
    expect(() => parseMat(file.subarray(0, 100), 'x.mat')).toThrow(/x\.mat is damaged at byte 126: it is no MAT file/);
    expect(() => parseMat(file.subarray(0, file.length - 5), 'x.mat')).toThrow(/an element of \d+ bytes does not fit/);
    expect(() => parseMat(file.with(140, file[140]! ^ 255), 'x.mat')).toThrow(/damaged at byte 128/);
    const open = matOf(arrays, false);
    // The number of columns no longer fits the values.
    const at = 128 + 8 + 16 + 12;
    expect(() => parseMat(open.with(at, 9), 'x.mat')).toThrow(/shape \[1, 9\] has 3 values/);
  });
});
