/**
 * A convolution to few channels, such as LoRA's A, tap by tap: a matrix product to one channel for each tap of the
 * filter and each channel of the output, and a small convolution that shifts and adds these.
 *
 *     y[p, q] = Σ_t P[p + t, (t, q)],   P = x·A, A `[in, taps·r]`
 *
 * with t over the taps and q over the r outputs. Backends lay the windows of x side by side before they multiply, which
 * is taps times x; here it is P that is laid out, of taps·r channels in place of x's. Backwards likewise: of dy is made
 * D `[batch, height, width, taps·r]`, in which each pixel of x finds dy where each tap took it, and dA = xᵀ·D.
 */
import type { Rank, Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { eye, matMul, reshape, tidy, transpose } from '@tensorflow/tfjs-core';

/** Whether this is the cheaper way for a filter `[height, width, in, r]`: x has more channels than it makes of them. */
export function isCheaper([height, width, inputs, outputs]: readonly number[]): boolean {
  const columns = height! * width! * outputs!;
  return columns > outputs! && 2 * columns <= inputs!;
}

/** The convolution with `filter`; `shift` convolves with a filter in its place, strides and all. */
export function tapByTap(x: Tensor, filter: Tensor4D, shift: (x: Tensor, filter: Tensor4D) => Tensor): Tensor {
  return tidy(() => {
    const [height, width, inputs, outputs] = filter.shape;
    const matrix = reshape(transpose(filter, [2, 0, 1, 3]), [inputs, -1]);
    const products = matMul(reshape<Rank.R2>(x, [-1, inputs]), matrix);
    return shift(reshape(products, [...x.shape.slice(0, -1), -1]), shifts(height, width, outputs));
  });
}

/** The gradient in a filter shaped like `like`; `unshift` gives the gradient of `shift` in its input, as wide as x. */
export function tapByTapGradient(
  x: Tensor,
  dy: Tensor,
  like: Tensor4D,
  unshift: (dy: Tensor, filter: Tensor4D, inputShape: number[]) => Tensor,
): Tensor {
  return tidy(() => {
    const [height, width, inputs, outputs] = like.shape;
    const columns = height * width * outputs;
    const found = unshift(dy, shifts(height, width, outputs), [...x.shape.slice(0, -1), columns]);
    const matrix = matMul(reshape<Rank.R2>(x, [-1, inputs]), reshape<Rank.R2>(found, [-1, columns]), true);
    return transpose(reshape(matrix, [inputs, height, width, outputs]), [1, 2, 0, 3]);
  });
}

/** `[height, width, taps·r, r]`: at each tap, 1 from that tap's channel to the output's. */
function shifts(height: number, width: number, outputs: number): Tensor4D {
  const taps = height * width;
  const identity = reshape(eye(taps * outputs), [taps, outputs, taps * outputs]);
  return reshape(transpose(identity, [0, 2, 1]), [height, width, taps * outputs, outputs]);
}
