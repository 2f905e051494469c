/**
 * A dilated filter as an ordinary one with zeros between its taps.
 */
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { pad, reshape, slice, stridedSlice, tidy } from '@tensorflow/tfjs-core';

/** Puts rate − 1 zeros between the rows and columns of a filter, `[height, width, in, out]`. */
export function spread(filter: Tensor4D, [rows, columns]: readonly [number, number]): Tensor4D {
  if (rows === 1 && columns === 1) return filter;
  const [height, width, inputs, outputs] = filter.shape;
  return tidy(() => {
    const taller = pad(reshape(filter, [height, 1, width * inputs * outputs]), [
      [0, 0],
      [0, rows - 1],
      [0, 0],
    ]);
    const wider = pad(reshape(taller, [height * rows * width, 1, inputs * outputs]), [
      [0, 0],
      [0, columns - 1],
      [0, 0],
    ]);
    const whole: Tensor4D = reshape(wider, [height * rows, width * columns, inputs, outputs]);
    return slice(whole, [0, 0, 0, 0], [(height - 1) * rows + 1, (width - 1) * columns + 1, inputs, outputs]);
  });
}

/** Takes the taps out of a spread filter again. */
export function unspread(filter: Tensor4D, [rows, columns]: readonly [number, number]): Tensor4D {
  if (rows === 1 && columns === 1) return filter;
  return stridedSlice(filter, [0, 0, 0, 0], filter.shape, [rows, columns, 1, 1]) as Tensor4D;
}
