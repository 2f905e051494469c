import { expect, it } from 'vitest';
import { unpackSnappy } from './snappy.js';

const unpack = (packed: number[], size: number): number[] => [
  ...unpackSnappy(Uint8Array.from(packed), size, { at: 100, fault: (what, at) => new Error(`${what} @${at}`) }),
];

it('unpacks literals, and copies near, far and into themselves', () => {
  // Ten bytes: the literal 1 2 3, four from three back, three from five back.
  expect(unpack([10, 2 << 2, 1, 2, 3, 1, 3, (2 << 2) | 2, 5, 0], 10)).toEqual([1, 2, 3, 1, 2, 3, 1, 3, 1, 2]);
  expect(unpack([4, 60 << 2, 3, 7, 7, 7, 7], 4)).toEqual([7, 7, 7, 7]);
});

it.each<[string, number[], number, RegExp]>([
  ['a size that so few bytes cannot have', [1, 2], 1000, /cannot be 1000 @100/],
  ['another size than the page has', [5, 0, 1], 4, /are 5, not 4 @100/],
  ['a literal beyond the end', [4, 60 << 2, 200, 1, 2], 4, /cannot hold 201 more/],
  ['a literal of a negative length', [4, 63 << 2, 255, 255, 255, 255, 0], 4, /cannot hold 4294967296 more/],
  ['a copy from before the start', [5, 0, 1, 1, 9], 5, /copy 4 from 9 before 1/],
  ['a copy from nowhere', [5, 0, 1, 1, 0], 5, /copy 4 from 0 before 1/],
  ['too little', [5, 0, 1], 5, /are 1, not 5/],
  ['no end of the length', [255, 255, 255, 255, 255, 255, 255], 5, /have no length/],
])('refuses %s', (_, packed, size, message) => expect(() => unpack(packed, size)).toThrow(message));
