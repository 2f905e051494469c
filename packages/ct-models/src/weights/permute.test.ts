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
