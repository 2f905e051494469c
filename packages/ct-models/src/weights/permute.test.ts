import { describe, expect, it } from 'vitest';
import { invertOrder, permute } from './permute.js';

describe('permute', () => {
  it('transposes a matrix', () => {
    expect([...permute(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3], [1, 0])]).toEqual([1, 4, 2, 5, 3, 6]);
  });

  it.each([[[2, 3, 1, 0]], [[3, 1, 0, 2]], [[0, 2, 3, 1]], [[1, 0, 2, 3]]])(
    'moves every element of rank 4 to its place, order %j',
    (order) => {
      const shape = [2, 3, 4, 5];
      const data = Float32Array.from({ length: 120 }, (_, i) => i);
      const result = permute(data, shape, order);
      const at = (sizes: readonly number[], index: readonly number[]) =>
        index.reduce((sum, i, k) => sum * sizes[k]! + i, 0);
      const sizes = order.map((axis) => shape[axis]!);
      for (let a = 0; a < 2; a++)
        for (let b = 0; b < 3; b++)
          for (let c = 0; c < 4; c++)
            for (let d = 0; d < 5; d++) {
              const index = [a, b, c, d];
              const moved = order.map((axis) => index[axis]!);
              expect(result[at(sizes, moved)]).toBe(data[at(shape, index)]);
            }
    },
  );

  it('moves the first axis to the end of what fills no whole number of tiles', () => {
    const [rows, channels, side] = [35, 31, 3];
    const data = Float32Array.from({ length: rows * channels * side * side }, (_, i) => i);
    const kernel = permute(data, [rows, channels, side, side], [2, 3, 1, 0]);
    for (let place = 0; place < side * side; place++)
      for (let channel = 0; channel < channels; channel++)
        for (let row = 0; row < rows; row++)
          expect(kernel[(place * channels + channel) * rows + row]).toBe(
            data[(row * channels + channel) * side * side + place],
          );
    // Bits pass as they are, those of NaN among them.
    const odd = Float32Array.of(NaN, -0, Infinity, 1e-45);
    expect(permute(odd, [2, 2], [1, 0])).toEqual(Float32Array.of(NaN, Infinity, -0, 1e-45));
  });

  it('is undone by the inverse order', () => {
    const data = Float32Array.from({ length: 24 }, (_, i) => i);
    const order = [2, 0, 3, 1];
    const shape = [2, 3, 1, 4];
    const there = permute(data, shape, order);
    expect(
      permute(
        there,
        order.map((axis) => shape[axis]!),
        invertOrder(order),
      ),
    ).toEqual(data);
  });

  it('returns the array itself for the identity, of any rank and empty', () => {
    const data = Float32Array.of(1, 2);
    expect(permute(data, [2], [0])).toBe(data);
    expect(permute(data, [1, 2], [0, 1])).toBe(data);
    expect(permute(Float32Array.of(3), [], [])).toHaveLength(1);
    expect(permute(new Float32Array(), [0, 3], [1, 0])).toHaveLength(0);
  });
});
