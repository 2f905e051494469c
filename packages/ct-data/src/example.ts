/**
 * One example of a data set, in plain memory: tensors are made of whole batches alone.
 */
import { matching, objectWith } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';

/**
 * One image, or whatever else a model takes, in plain memory; nobody disposes of it.
 *
 * The values may be a view of memory that others read: whoever changes them changes a copy.
 */
export interface Pixels {
  /**
   * Row-major. Bytes are 8-bit pixels, which a batch brings to [0, 1] as `x / 255` in float32; float32 and int32 values
   * reach the batch as they are.
   */
  readonly values: Uint8Array | Float32Array | Int32Array;
  /** Without a batch dimension, for images `[height, width, channels]`. */
  readonly shape: readonly number[];
}

/** An image and its class. */
export interface Example {
  readonly pixels: Pixels;
  /** Class number, an index into the `classes` of the data set. */
  readonly label: number;
}

const ARRAYS = ['[object Uint8Array]', '[object Float32Array]', '[object Int32Array]'];

/** The kinds of the parts of one image; `problemOf` looks whether they agree. */
export const pixelsSchema: Schema<Pixels> = objectWith<Pixels>(
  {
    values: matching((value): value is Pixels['values'] => ARRAYS.includes(Object.prototype.toString.call(value)), {
      expects: 'pixels in plain memory, a Uint8Array, Float32Array or Int32Array',
    }),
    shape: matching(
      (value): value is readonly number[] =>
        Array.isArray(value) && value.every((side) => Number.isSafeInteger(side) && side >= 0),
      { expects: 'a shape, a list of whole numbers' },
    ),
  },
  ['values', 'shape'],
);

/** The number of values that a shape holds. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, side) => size * side, 1);
}
