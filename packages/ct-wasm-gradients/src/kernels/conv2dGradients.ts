/**
 * The two gradients of a convolution, `Conv2DBackpropInput` and `Conv2DBackpropFilter`, as kernels of the wasm backend.
 *
 * The arithmetic is native/conv2dInput.c and native/conv2dFilter.c: float32, sums in blocks.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { Conv2DBackpropFilter, Conv2DBackpropInput } from '@tensorflow/tfjs-core';
import { host } from '../wasm/nativeKernels.js';
import type { ConvolutionAttrs } from './geometry.js';
import { geometryOf, requireFloat32 } from './geometry.js';

/**
 * dx from dy `[batch, outHeight, outWidth, outChannels]` and filter `[height, width, inChannels, outChannels]`.
 *
 * Beside the attributes of tfjs it takes `dilations`. What tfjs's own kernel can beyond it, NCHW, is left to that.
 */
export function conv2dBackpropInput(stock: KernelFunc | undefined): KernelFunc {
  return (params) => {
    const { dy, filter } = params.inputs as { dy: TensorInfo; filter: TensorInfo };
    const attrs = params.attrs as ConvolutionAttrs & { inputShape: number[] };
    if (attrs.dataFormat === 'NCHW' && attrs.dilations === undefined && stock !== undefined) return stock(params);
    const backend = params.backend as BackendWasm;
    const kernel = Conv2DBackpropInput;
    requireFloat32(kernel, { dy, filter });
    const geometry = geometryOf(
      { kernel, xShape: attrs.inputShape, filterShape: filter.shape, dy, depthwise: false },
      attrs,
    );
    const [, , , ci, kh, kw] = geometry;
    const dx = backend.makeOutput(attrs.inputShape, 'float32');
    const { native, run } = host.accessTo(backend);
    run(kernel, [dy, filter], [dx], (pointers, lend) => {
      native.conv2d_input(
        ...(pointers as [number, number, number]),
        ...geometry,
        lend(native.conv2d_input_scratch(kh, kw, ci, filter.shape[3]!)),
      );
    });
    return dx;
  };
}

/**
 * dfilter `[height, width, inChannels, outChannels]` from x `[batch, height, width, inChannels]` and dy.
 *
 * Beside the attributes of tfjs it takes `dilations`.
 */
export const conv2dBackpropFilter: KernelFunc = (params) => {
  const { x, dy } = params.inputs as { x: TensorInfo; dy: TensorInfo };
  const attrs = params.attrs as ConvolutionAttrs & { filterShape: number[] };
  const backend = params.backend as BackendWasm;
  const kernel = Conv2DBackpropFilter;
  requireFloat32(kernel, { x, dy });
  const geometry = geometryOf({ kernel, xShape: x.shape, filterShape: attrs.filterShape, dy, depthwise: false }, attrs);
  const [, , , ci, kh, kw] = geometry;
  const dfilter = backend.makeOutput(attrs.filterShape, 'float32');
  const { native, run } = host.accessTo(backend);
  run(kernel, [x, dy], [dfilter], (pointers, lend) => {
    native.conv2d_filter(
      ...(pointers as [number, number, number]),
      ...geometry,
      lend(native.conv2d_filter_scratch(kh, kw, ci, dy.shape[3]!)),
    );
  });
  return dfilter;
};
