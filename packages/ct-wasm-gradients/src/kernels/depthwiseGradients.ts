/**
 * The two gradients of a depthwise convolution, `DepthwiseConv2dNativeBackpropInput` and
 * `DepthwiseConv2dNativeBackpropFilter`, as kernels of the wasm backend. The arithmetic is native/depthwise.c.
 *
 * Departure: dilations count. tfjs's cpu kernels ignore them, and its gradient refuses them before it comes to that.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { DepthwiseConv2dNativeBackpropFilter, DepthwiseConv2dNativeBackpropInput } from '@tensorflow/tfjs-core';
import { host } from '../wasm/nativeKernels.js';
import type { ConvolutionAttrs } from './geometry.js';
import { geometryOf, requireFloat32 } from './geometry.js';

/** dx from dy `[batch, outHeight, outWidth, inChannels * m]` and filter `[height, width, inChannels, m]`. */
export const depthwiseBackpropInput: KernelFunc = (params) => {
  const { dy, filter } = params.inputs as { dy: TensorInfo; filter: TensorInfo };
  const attrs = params.attrs as ConvolutionAttrs & { inputShape: number[] };
  const backend = params.backend as BackendWasm;
  const kernel = DepthwiseConv2dNativeBackpropInput;
  requireFloat32(kernel, { dy, filter });
  // For an image without a batch axis tfjs gives dy one, and the shape none.
  const xShape = attrs.inputShape.length === 3 ? [1, ...attrs.inputShape] : attrs.inputShape;
  const geometry = geometryOf({ kernel, xShape, filterShape: filter.shape, dy, depthwise: true }, attrs);
  const [, , w, ci] = geometry;
  const dx = backend.makeOutput(xShape, 'float32');
  const { native, run } = host.accessTo(backend);
  run(kernel, [dy, filter], [dx], (pointers, lend) => {
    native.depthwise_input(
      ...(pointers as [number, number, number]),
      ...geometry,
      lend(native.depthwise_input_scratch(w, ci, filter.shape[3]!)),
    );
  });
  return dx;
};

/** dfilter `[height, width, inChannels, m]` from x `[batch, height, width, inChannels]` and dy. */
export const depthwiseBackpropFilter: KernelFunc = (params) => {
  const { x, dy } = params.inputs as { x: TensorInfo; dy: TensorInfo };
  const attrs = params.attrs as ConvolutionAttrs & { filterShape: number[] };
  const backend = params.backend as BackendWasm;
  const kernel = DepthwiseConv2dNativeBackpropFilter;
  requireFloat32(kernel, { x, dy });
  const geometry = geometryOf({ kernel, xShape: x.shape, filterShape: attrs.filterShape, dy, depthwise: true }, attrs);
  const [, , w, ci, kh, kw] = geometry;
  const dfilter = backend.makeOutput(attrs.filterShape, 'float32');
  const { native, run } = host.accessTo(backend);
  run(kernel, [x, dy], [dfilter], (pointers, lend) => {
    native.depthwise_filter(
      ...(pointers as [number, number, number]),
      ...geometry,
      lend(native.depthwise_filter_scratch(kh, kw, w, ci, attrs.filterShape[3]!)),
    );
  });
  return dfilter;
};
