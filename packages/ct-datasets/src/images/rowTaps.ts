/**
 * What output pixels are sums of, along a row and down the columns.
 */

/** The input pixels an output pixel is the weighted sum of. */
export interface Weights {
  readonly first: number;
  /** In units of 2^-22, as Pillow has them: bytes times weights then fit an int32. */
  readonly weights: Int32Array;
}

/** Weights are in units of two to the power of minus so many. */
export const PRECISION_BITS = 22;

/** Scales an image that arrives in pieces of whole rows, from the top. */
export interface RowResampler {
  /** Takes the next rows, `[any number, width, channels]` bytes. */
  push(rows: Uint8Array): void;
  /** `[rows, columns, channels]` bytes, complete once all rows were pushed. */
  readonly result: Uint8Array;
}

/** Weights of all output pixels, one after the other: loops over objects take twice as long. */
export interface Taps {
  /** First input pixel of each output pixel. */
  readonly first: Int32Array;
  /** Where the weights of each begin, and where those of the last end. */
  readonly begin: Int32Array;
  readonly weights: Int32Array;
}

/** The weights of all output pixels as {@link Taps}. */
export function flat(pixels: readonly Weights[]): Taps {
  const begin = new Int32Array(pixels.length + 1);
  pixels.forEach(({ weights }, i) => (begin[i + 1] = begin[i]! + weights.length));
  const weights = new Int32Array(begin[pixels.length]!);
  pixels.forEach((pixel, i) => weights.set(pixel.weights, begin[i]));
  return { first: Int32Array.from(pixels, ({ first }) => first), begin, weights };
}

/** The most output rows that one input row, or what lies between the first and last of one output row, is part of. */
export function mostOpen(rows: readonly Weights[]): number {
  let most = 1;
  let o = 0;
  for (const [i, { first, weights }] of rows.entries()) {
    while (o < rows.length && (rows[o]?.first ?? 0) < first + weights.length) o++;
    most = Math.max(most, o - i);
  }
  return most;
}
