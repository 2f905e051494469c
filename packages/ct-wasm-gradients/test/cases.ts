/** The convolutions that the gradients must get right on every host, and how they are checked. */
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import type { Case, Reference } from './reference.js';
import { dyShape, error, reference, waves } from './reference.js';

/** Both gradients of a case from the kernels of the current backend, computed from the same inputs everywhere. */
export function gradients(c: Case): { dx: tf.Tensor; dfilter: tf.Tensor } {
  const [x, filter, dy] = [waves(c.xShape, 1), waves(c.filterShape, 2), waves(dyShape(c), 3)];
  const attrs = { strides: c.strides, pad: c.pad, dataFormat: 'NHWC', dilations: c.dilations };
  const [inputKernel, filterKernel] = c.depthwise
    ? ['DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter']
    : ['Conv2DBackpropInput', 'Conv2DBackpropFilter'];
  return {
    dx: tf
      .engine()
      .runKernel(inputKernel!, { dy, filter }, { ...attrs, inputShape: c.xShape } as unknown as tf.NamedAttrMap),
    dfilter: tf
      .engine()
      .runKernel(filterKernel!, { x, dy }, { ...attrs, filterShape: c.filterShape } as unknown as tf.NamedAttrMap),
  };
}

/** Fails unless both gradients agree with float64 to 1e-5 of their largest entries. */
export function expectExact(c: Case): void {
  const { dx, dfilter } = errors(c);
  expect(dx.ofEntry, 'dx').toBeLessThan(1e-5);
  expect(dfilter.ofEntry, 'dfilter').toBeLessThan(1e-5);
}

/** Fails unless both gradients are right to 2e-6 of the largest sum of magnitudes. */
export function expectExactTiles(c: Case): void {
  const { dx, dfilter } = errors(c);
  expect(dx.ofMagnitudes, 'dx').toBeLessThan(2e-6);
  expect(dfilter.ofMagnitudes, 'dfilter').toBeLessThan(2e-6);
}

type Errors = Record<'dx' | 'dfilter', { ofEntry: number; ofMagnitudes: number }>;

function errors(c: Case): Errors {
  return tf.tidy(() => {
    const got = gradients(c);
    const inputs = [waves(c.xShape, 1), waves(c.filterShape, 2), waves(dyShape(c), 3)];
    const exactly = (of: tf.Tensor[]): Reference => {
      const [x, filter, dy] = of.map((t) => t.dataSync());
      return reference(c, x!, filter!, dy!);
    };
    const [exact, magnitudes] = [exactly(inputs), exactly(inputs.map((t) => tf.abs(t)))];
    expect(got.dx.shape).toEqual(c.xShape);
    expect(got.dfilter.shape).toEqual(c.filterShape);
    const of = (name: 'dx' | 'dfilter'): Errors['dx'] => {
      const ofEntry = error(got[name].dataSync(), exact[name]);
      return { ofEntry, ofMagnitudes: (ofEntry * largest(exact[name])) / largest(magnitudes[name]) };
    };
    return { dx: of('dx'), dfilter: of('dfilter') };
  });
}

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** A convolution with the usual attributes. */
export const plain = (xShape: Case['xShape'], filterShape: Case['filterShape'], more: Partial<Case> = {}): Case => ({
  depthwise: false,
  xShape,
  filterShape,
  strides: [1, 1],
  dilations: [1, 1],
  pad: 'same',
  ...more,
});

/** Sizes at which something changes inside: tiles, blocks, panels, and more of each than fit. */
export const table: [string, Case][] = [
  ['an empty batch', plain([0, 5, 5, 3], [3, 3, 3, 4])],
  ['an input of one pixel', plain([2, 1, 1, 5], [1, 1, 5, 7])],
  ['an input of one pixel under a filter of 5x5', plain([2, 1, 1, 5], [5, 5, 5, 7])],
  ['a filter larger than the input', plain([2, 2, 3, 4], [5, 5, 4, 6], { pad: 3 })],
  ['one channel', plain([4, 14, 14, 1], [3, 3, 1, 16], { strides: [2, 2] })],
  ['three channels, 7x7 of stride 2', plain([2, 33, 31, 3], [7, 7, 3, 20], { strides: [2, 2], pad: 3 })],
  ['1x1 of stride 2', plain([2, 7, 7, 12], [1, 1, 12, 20], { strides: [2, 2] })],
  ['strides larger than the filter', plain([2, 9, 9, 4], [2, 2, 4, 4], { strides: [3, 4], pad: 'valid' })],
  ['more output channels than a block has', plain([1, 3, 3, 5], [2, 2, 5, 521])],
  ['more input channels than a block has', plain([1, 3, 3, 600], [2, 2, 600, 9])],
  ['more pixels than a block has', plain([3, 29, 31, 8], [3, 3, 8, 8])],
  ['dilations that differ', plain([2, 11, 12, 5], [3, 2, 5, 6], { dilations: [2, 3] })],
  ['stride and dilation at once', plain([2, 13, 14, 5], [3, 3, 5, 6], { strides: [2, 3], dilations: [3, 2], pad: 4 })],
  ['depthwise', plain([2, 9, 8, 35], [3, 3, 35, 1], { depthwise: true })],
  ['depthwise of stride 2', plain([2, 9, 8, 24], [3, 3, 24, 1], { depthwise: true, strides: [2, 2] })],
  ['depthwise with 3 outputs per channel', plain([2, 9, 8, 7], [3, 3, 7, 3], { depthwise: true })],
  ['depthwise and dilated', plain([2, 11, 12, 20], [3, 3, 20, 2], { depthwise: true, dilations: [2, 3] })],
  ['depthwise, an empty batch', plain([0, 5, 5, 3], [3, 3, 3, 2], { depthwise: true })],
];

/** Convolutions that are computed in tiles, with their gradients. */
export const tiles: [string, Case][] = [
  ['tiles that reach beyond the image', plain([3, 7, 9, 12], [3, 3, 12, 20])],
  ['tiles of more channels than a block has', plain([2, 13, 12, 68], [3, 3, 68, 132])],
  ['tiles without padding, of more than fit', plain([5, 18, 30, 4], [3, 3, 4, 8], { pad: 'valid' })],
  ['tiles with padding of 2 and 0', plain([4, 9, 12, 8], [3, 3, 8, 16], { pad: 2 })],
  ['tiles of narrow images', plain([16, 40, 3, 16], [3, 3, 16, 16])],
];

/** Those of the table that tf.conv2d takes: no strides with dilations. An empty batch has no largest entry. */
export const convolutionCases: [string, Case][] = [...table, ...tiles].filter(
  ([, c]) => !c.depthwise && c.xShape[0] > 0 && !(c.strides[0] > 1 && c.dilations[0] > 1),
);

/** x and the filter of a case. */
export const convolutionInputs = (c: Case): [tf.Tensor4D, tf.Tensor4D] => [
  waves(c.xShape, 1) as tf.Tensor4D,
  waves(c.filterShape, 2) as tf.Tensor4D,
];

/** The convolution of a case. */
export const convolve = (c: Case, [x, filter] = convolutionInputs(c)): tf.Tensor4D =>
  tf.conv2d(x, filter, c.strides, c.pad as number, 'NHWC', c.dilations);

/** Fails unless y is right to 2e-6 of the largest sum of magnitudes: float32 promises no more where sums cancel. */
export function expectExactConvolution(c: Case): void {
  tf.tidy(() => {
    const [x, filter] = convolutionInputs(c);
    const y = convolve(c, [x, filter]);
    const exactly = (a: tf.Tensor, b: tf.Tensor): Float64Array =>
      reference(c, a.dataSync(), b.dataSync(), new Float32Array(y.size)).y;
    const [exact, magnitudes] = [exactly(x, filter), exactly(tf.abs(x), tf.abs(filter))];
    expect(y.shape).toEqual(dyShape(c));
    expect((error(y.dataSync(), exact) * largest(exact)) / largest(magnitudes)).toBeLessThan(2e-6);
  });
}
