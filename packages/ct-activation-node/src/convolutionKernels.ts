/**
 * Convolutions of small images with few channels, and their gradients, as native TensorFlow ops:
 * native/tensorflow/convolutionOps.cc. They are for processors; a card has TensorFlow's own.
 */
import type {
  Conv2DAttrs,
  Conv2DBackpropFilterAttrs,
  Conv2DBackpropInputAttrs,
  FusedConv2DAttrs,
  KernelFunc,
  NamedAttrMap,
  Tensor,
  TensorInfo,
} from '@tensorflow/tfjs-core';
import {
  backend_util,
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  FusedConv2D,
  tidy,
} from '@tensorflow/tfjs-core';
import { replaceKernel } from './replaceKernel.js';
import type { OpAttribute, TensorflowBackend } from './tensorflowBackend.js';
import { attributesOf, float32 } from './tensorflowBackend.js';

/** Sizes, strides and padding of a convolution. */
type Geometry = ReturnType<typeof backend_util.computeConv2DInfo>;
type Shape = [number, number, number, number];

/**
 * Multiplications, with channels filled up to whole blocks of 16, up to which our kernels are the quicker ones. Theirs,
 * oneDNN's, come as near to what a processor can do, but spend some 0.1 ms a call beside. At 30 million ours take 0.75
 * to 0.97 of their time, at 15 million 0.6 to 0.9, at 1 million 0.1 to 0.4, with AVX2 as with AVX-512; above 60 million
 * longer.
 */
const MOST_MULTIPLICATIONS = 2 ** 25;
/** Entries of a filter, likewise: the gradient in x transposes it at every call. */
const MOST_ENTRIES = 2 ** 16;

/** Puts the convolutions and their gradients in the place of tfjs-node's, which take what `isSmall` refuses. */
export function registerConvolutions(backendName: string): void {
  replaceKernel(Conv2D, backendName, (stock) => (call) => {
    const { x, filter } = call.inputs as Record<'x' | 'filter', TensorInfo>;
    const attrs = call.attrs as NamedAttrMap & Conv2DAttrs;
    const geometry = geometryOf(attrs, [x, filter], x.shape, filter.shape, attrs.dilations);
    return geometry === undefined ? stock(call) : conv2d(call.backend as TensorflowBackend, { x, filter }, geometry);
  });
  replaceKernel(FusedConv2D, backendName, fusedConv2d);
  replaceKernel(Conv2DBackpropInput, backendName, (stock) => (call) => {
    const { dy, filter } = call.inputs as Record<'dy' | 'filter', TensorInfo>;
    const attrs = call.attrs as NamedAttrMap & Conv2DBackpropInputAttrs;
    const geometry = geometryOf(attrs, [dy, filter], attrs.inputShape, filter.shape);
    return geometry === undefined
      ? stock(call)
      : conv2dInputGradient(call.backend as TensorflowBackend, { dy, filter }, geometry);
  });
  replaceKernel(Conv2DBackpropFilter, backendName, (stock) => (call) => {
    const { x, dy } = call.inputs as Record<'x' | 'dy', TensorInfo>;
    const attrs = call.attrs as NamedAttrMap & Conv2DBackpropFilterAttrs;
    const geometry = geometryOf(attrs, [x, dy], x.shape, attrs.filterShape);
    return geometry === undefined
      ? stock(call)
      : conv2dFilterGradient(call.backend as TensorflowBackend, { x, dy }, geometry);
  });
}

const fusedConv2d =
  (stock: KernelFunc): KernelFunc =>
  (call) => {
    const { x, filter, bias, preluActivationWeights } = call.inputs as Record<'x' | 'filter', TensorInfo> &
      Partial<Record<'bias' | 'preluActivationWeights', TensorInfo>>;
    const attrs = call.attrs as NamedAttrMap & FusedConv2DAttrs;
    const geometry = geometryOf(attrs, [x, filter, ...(bias ? [bias] : [])], x.shape, filter.shape, attrs.dilations);
    const isOurs = geometry !== undefined && (!bias || (bias.shape.length === 1 && bias.shape[0] === filter.shape[3]));
    if (!isOurs) return stock(call);
    const backend = call.backend as TensorflowBackend;
    return tidy(() => {
      const sums = conv2d(backend, { x, filter, bias }, geometry) as Tensor;
      return backend.applyActivation(sums, attrs.activation, preluActivationWeights as Tensor, attrs.leakyreluAlpha);
    });
  };

/** What our kernels have to know of a convolution; undefined where it is not theirs. */
function geometryOf(
  { strides, pad, dataFormat, dimRoundingMode }: Omit<Conv2DAttrs, 'dilations'>,
  given: TensorInfo[],
  x: number[],
  filter: number[],
  dilations: [number, number] | number = 1,
): Geometry | undefined {
  if (dataFormat !== 'NHWC' || given.some(({ dtype }) => dtype !== 'float32')) return undefined;
  const geometry = backend_util.computeConv2DInfo(
    x as Shape,
    filter as Shape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
  );
  return isSmall(geometry) ? geometry : undefined;
}

/** Whether a convolution is of those whose kernels are quicker here. */
export function isSmall(of: Geometry): boolean {
  const entries = of.filterHeight * of.filterWidth * filledUp(of.inChannels) * filledUp(of.outChannels);
  const multiplications = entries * of.batchSize * of.outHeight * of.outWidth;
  const isPlain = of.dilationHeight === 1 && of.dilationWidth === 1;
  return isPlain && multiplications <= MOST_MULTIPLICATIONS && entries <= MOST_ENTRIES;
}

const filledUp = (channels: number): number => Math.ceil(channels / 16) * 16;

/** y from x `[batch, height, width, in]`, filter `[rows, columns, in, out]` and bias `[out]`. */
export function conv2d(
  backend: TensorflowBackend,
  { x, filter, bias }: { x: TensorInfo; filter: TensorInfo; bias?: TensorInfo | undefined },
  geometry: Geometry,
): TensorInfo {
  const rest = bias ? [bias] : [];
  const attributes = [
    attributeOf(backend, geometry, [geometry.outHeight, geometry.outWidth]),
    attributesOf(backend).int('B', rest.length),
  ];
  return backend.executeSingleOutput('CtuConv2D', attributes, float32([x, filter, ...rest]));
}

/** dx from dy `[batch, outHeight, outWidth, out]` and the filter. */
export function conv2dInputGradient(
  backend: TensorflowBackend,
  { dy, filter }: { dy: TensorInfo; filter: TensorInfo },
  geometry: Geometry,
): TensorInfo {
  const attribute = attributeOf(backend, geometry, [geometry.inHeight, geometry.inWidth]);
  return backend.executeSingleOutput('CtuConv2DInput', [attribute], float32([dy, filter]));
}

/** dfilter from x and dy. */
export function conv2dFilterGradient(
  backend: TensorflowBackend,
  { x, dy }: { x: TensorInfo; dy: TensorInfo },
  geometry: Geometry,
): TensorInfo {
  const attribute = attributeOf(backend, geometry, [geometry.filterHeight, geometry.filterWidth]);
  return backend.executeSingleOutput('CtuConv2DFilter', [attribute], float32([x, dy]));
}

const attributeOf = (
  backend: TensorflowBackend,
  { strideHeight, strideWidth, padInfo }: Geometry,
  sizes: [number, number],
): OpAttribute =>
  attributesOf(backend).int('geometry', [strideHeight, strideWidth, padInfo.top, padInfo.left, ...sizes]);
