/**
 * Convolutions, and how far the native kernels and their gradients are from float64: for the self-test and the tests.
 */
import type { Tensor4D, TensorInfo } from '@tensorflow/tfjs-core';
import { backend_util, engine, randomUniform, tidy } from '@tensorflow/tfjs-core';
import { conv2d, conv2dFilterGradient, conv2dInputGradient } from './convolutionKernels.js';
import type { TensorflowBackend } from './tensorflowBackend.js';

/** A convolution. */
export interface ConvolutionCase {
  /** `[batch, height, width, in]`. */
  x: [number, number, number, number];
  /** `[rows, columns, in, out]`. */
  filter: [number, number, number, number];
  strides: [number, number] | number;
  pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
}

/** Such as networks have, and such as leave remainders everywhere. */
export const CONVOLUTION_CASES: ConvolutionCase[] = [
  { x: [3, 9, 8, 1], filter: [3, 3, 1, 16], strides: 2, pad: 'same' },
  { x: [2, 7, 7, 32], filter: [3, 3, 32, 32], strides: 1, pad: 'same' },
  { x: [5, 4, 4, 64], filter: [3, 3, 64, 64], strides: 1, pad: 'same' },
  { x: [2, 14, 14, 16], filter: [1, 1, 16, 32], strides: 2, pad: 'same' },
  { x: [2, 7, 5, 19], filter: [3, 3, 19, 7], strides: 2, pad: 'valid' },
  { x: [1, 6, 11, 5], filter: [2, 5, 5, 70], strides: [1, 2], pad: 1 },
  {
    x: [2, 8, 9, 3],
    filter: [5, 3, 3, 33],
    strides: [3, 1],
    pad: [
      [0, 0],
      [2, 1],
      [0, 1],
      [0, 0],
    ],
  },
];

/** The largest errors, |got − exact| / max(1, sum of the magnitudes), of y with a bias, and of dx and dfilter. */
export function measureConvolution({
  x,
  filter,
  strides,
  pad,
}: ConvolutionCase): Record<'y' | 'dx' | 'dfilter', number> {
  const of = backend_util.computeConv2DInfo(x, filter, strides, 1, pad);
  const backend = engine().backend as TensorflowBackend;
  return tidy(() => {
    const draw = (shape: number[], seed: number): Tensor4D => randomUniform(shape as typeof x, -1, 1, 'float32', seed);
    const given = { x: draw(x, 1), filter: draw(filter, 2), dy: draw(of.outShape, 3) };
    const bias = randomUniform([of.outChannels], -1, 1, 'float32', 4);
    const exact = inFloat64(of, {
      x: given.x.dataSync(),
      filter: given.filter.dataSync(),
      dy: given.dy.dataSync(),
      bias: bias.dataSync(),
    });
    return {
      y: exact.y.errorOf(conv2d(backend, { ...given, bias }, of)),
      dx: exact.dx.errorOf(conv2dInputGradient(backend, given, of)),
      dfilter: exact.dfilter.errorOf(conv2dFilterGradient(backend, given, of)),
    };
  });
}

/** Sums, and those of their terms' magnitudes. */
class Sums {
  private readonly values: Float64Array;
  private readonly magnitudes: Float64Array;

  constructor(size: number) {
    this.values = new Float64Array(size);
    this.magnitudes = new Float64Array(size);
  }

  add(at: number, term: number): void {
    this.values[at]! += term;
    this.magnitudes[at]! += Math.abs(term);
  }

  errorOf(found: TensorInfo): number {
    const got = engine().readSync(found.dataId) as Float32Array;
    const errors = this.values.map((exact, i) => Math.abs(got[i]! - exact) / Math.max(1, this.magnitudes[i]!));
    return errors.reduce((most, error) => (error <= most || Number.isNaN(most) ? most : error), 0);
  }
}

type Values = ArrayLike<number>;

/** The definition, term by term. */
function inFloat64(
  of: ReturnType<typeof backend_util.computeConv2DInfo>,
  { x, filter, dy, bias }: Record<'x' | 'filter' | 'dy' | 'bias', Values>,
): Record<'y' | 'dx' | 'dfilter', Sums> {
  const sums = { y: new Sums(dy.length), dx: new Sums(x.length), dfilter: new Sums(filter.length) };
  for (let to = 0; to < dy.length; to++) {
    const [pixel, d] = [Math.floor(to / of.outChannels), to % of.outChannels];
    const [j, i] = [pixel % of.outWidth, Math.floor(pixel / of.outWidth) % of.outHeight];
    const image = Math.floor(pixel / of.outWidth / of.outHeight);
    sums.y.add(to, bias[d]!);
    for (let k = 0; k < of.filterHeight; k++)
      for (let l = 0; l < of.filterWidth; l++) {
        const row = i * of.strideHeight + k - of.padInfo.top;
        const column = j * of.strideWidth + l - of.padInfo.left;
        if (row < 0 || row >= of.inHeight || column < 0 || column >= of.inWidth) continue;
        for (let c = 0; c < of.inChannels; c++) {
          const from = ((image * of.inHeight + row) * of.inWidth + column) * of.inChannels + c;
          const by = ((k * of.filterWidth + l) * of.inChannels + c) * of.outChannels + d;
          sums.y.add(to, x[from]! * filter[by]!);
          sums.dx.add(from, dy[to]! * filter[by]!);
          sums.dfilter.add(by, dy[to]! * x[from]!);
        }
      }
  }
  return sums;
}
