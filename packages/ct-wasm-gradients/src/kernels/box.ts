/**
 * A box of a tensor as runs of numbers that lie together in memory: what `Slice` copies out and `PadV2` copies in.
 */
import { util } from '@tensorflow/tfjs-core';

/** `rows` runs of `words` numbers in each of `outer` parts. */
export interface Runs {
  outer: number;
  rows: number;
  words: number;
  /** In the tensor: where the first run begins, and from one part, and from one run, to the next. */
  offset: number;
  outerStep: number;
  rowStep: number;
}

/**
 * The runs of the box of so many entries along each axis from `begin` on, in a tensor of the shape `whole`.
 *
 * undefined where more than two axes are cut, or two that are no neighbours.
 */
export function runsOf(whole: readonly number[], begin: readonly number[], size: readonly number[]): Runs | undefined {
  const product = (shape: readonly number[]): number => util.sizeFromShape([...shape]);
  const cut = whole.flatMap((entries, axis) => (entries === size[axis] ? [] : [axis]));
  const last = cut.at(-1) ?? 0;
  const first = cut.length > 1 ? cut[0]! : last - 1;
  if (cut.length > 2 || first < last - 1) return undefined;
  const inner = product(whole.slice(last + 1));
  const rowStep = (whole[last] ?? 1) * inner;
  const hasRows = first >= 0;
  return {
    outer: hasRows ? product(whole.slice(0, first)) : 1,
    rows: hasRows ? size[first]! : 1,
    words: (size[last] ?? 1) * inner,
    offset: (hasRows ? begin[first]! * rowStep : 0) + (begin[last] ?? 0) * inner,
    outerStep: hasRows ? whole[first]! * rowStep : 0,
    rowStep,
  };
}
