/**
 * Parameters that come in pairs, beta and c of each unit, as two rows: for kernels that take both at once.
 *
 * A vector has them as the group does, [first of pair 1, second of pair 1, first of pair 2, ...]; the rows have all
 * firsts and all seconds, so that a pair is a slice of columns.
 */
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { concat, reshape, split, tidy } from '@tensorflow/tfjs-core';

/** The rows of a vector; `sizes` are those of the pairs' firsts. The caller disposes of the result. */
export function toRows(vector: Tensor, sizes: readonly number[]): Tensor2D {
  const ends = sizes.map((size) => 2 * size);
  return tidy(() =>
    joined(
      parts(vector, ends, 0).map((part, i) => reshape(part, [2, sizes[i]!])),
      1,
    ),
  );
}

/** The vector of rows; the caller disposes of it. */
export function fromRows(rows: Tensor, sizes: readonly number[]): Tensor1D {
  return tidy(() =>
    joined<Tensor1D>(
      pairsOf(rows, sizes).map((part) => reshape(part, [-1])),
      0,
    ),
  );
}

/** Each pair of the rows, `[2, size]`; the only one is the rows themselves. */
export function pairsOf(rows: Tensor, sizes: readonly number[]): Tensor2D[] {
  return parts(rows, sizes, 1) as Tensor2D[];
}

const parts = (t: Tensor, sizes: readonly number[], axis: number): Tensor[] =>
  sizes.length === 1 ? [t] : split(t, [...sizes], axis);

const joined = <T extends Tensor>(all: Tensor[], axis: number): T =>
  (all.length === 1 ? all[0]! : concat(all, axis)) as T;
