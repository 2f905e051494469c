/**
 * The geometry of a convolution as the compiled kernels take it, from the attributes that tfjs gives to its kernels.
 */
import type { backend_util, TensorInfo } from '@tensorflow/tfjs-core';
import { backend_util as backendUtil } from '@tensorflow/tfjs-core';
import type { Geometry } from '../../wasm/nativeKernels.js';

/**
 * What the gradient kernels of tfjs have in common. `dilations` is missing in those of a plain convolution.
 *
 * A type and no interface: those do not fit into tfjs's map of attributes.
 */
export type ConvolutionAttrs = {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  dilations?: [number, number] | number;
  dataFormat?: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

type Shape4D = [number, number, number, number];

/** What a kernel works on: the shapes of the input and of the filter, and the tensor with the upstream gradient. */
export interface Convolution {
  kernel: string;
  xShape: number[];
  filterShape: number[];
  dy: TensorInfo;
  depthwise: boolean;
}

/**
 * Checks the shapes of a convolution and returns its geometry.
 *
 * dy's own height and width count, because tfjs does not tell its gradients by which `dimRoundingMode` they came about.
 *
 * @throws Error where dataFormat is not NHWC.
 * @throws RangeError where the shapes of x, filter and dy do not fit each other.
 */
export function geometryOf(
  { kernel, xShape, filterShape, dy, depthwise }: Convolution,
  attrs: ConvolutionAttrs,
): Geometry {
  const { strides, pad, dilations = 1, dataFormat = 'NHWC', dimRoundingMode } = attrs;
  if (dataFormat !== 'NHWC')
    throw new Error(`${kernel}: dataFormat must be NHWC, got ${dataFormat}; transpose the tensors`);
  for (const [name, shape] of Object.entries({ x: xShape, filter: filterShape, dy: dy.shape })) {
    if (shape.length !== 4)
      throw new RangeError(`${kernel}: ${name} must have 4 axes, got shape [${shape.join(', ')}]`);
  }
  const info = backendUtil.computeConv2DInfo(
    xShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
  const [batch, outHeight, outWidth, outChannels] = dy.shape as Shape4D;
  const expected = depthwise ? filterShape[2]! * filterShape[3]! : filterShape[3]!;
  if (batch !== xShape[0] || outChannels !== expected || xShape[3] !== filterShape[2]) {
    throw new RangeError(
      `${kernel}: x of shape [${xShape.join(', ')}] and a filter of shape [${filterShape.join(', ')}] give ` +
        `[${xShape[0]}, height, width, ${expected}], and dy has the shape [${dy.shape.join(', ')}]`,
    );
  }
  return geometryFrom(info, { outHeight, outWidth, channels: filterShape[3]! });
}

/** The geometry of a convolution with so many rows, columns and channels of output, or with the multiplier m. */
export function geometryFrom(
  info: backend_util.Conv2DInfo,
  { outHeight, outWidth, channels }: { outHeight: number; outWidth: number; channels: number },
): Geometry {
  return [
    info.batchSize,
    info.inHeight,
    info.inWidth,
    info.inChannels,
    info.filterHeight,
    info.filterWidth,
    info.strideHeight,
    info.strideWidth,
    info.dilationHeight,
    info.dilationWidth,
    info.padInfo.top,
    info.padInfo.left,
    outHeight,
    outWidth,
    channels,
  ];
}

/** @throws TypeError where a tensor is not float32. */
export function requireFloat32(kernel: string, tensors: Record<string, TensorInfo>): void {
  for (const [name, { dtype }] of Object.entries(tensors)) {
    if (dtype !== 'float32') throw new TypeError(`${kernel}: ${name} must be float32, got ${dtype}; cast it`);
  }
}
