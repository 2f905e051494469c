/**
 * The two gradients of a convolution, `Conv2DBackpropInput` and `Conv2DBackpropFilter`, as kernels of the wasm backend.
 *
 * The arithmetic is native/conv2dInput.c and native/conv2dFilter.c: float32, sums in blocks; where `isTiled` says so
 * native/winograd.c and native/winogradFilter.c.
 */
import type { KernelFunc } from '@tensorflow/tfjs-core';
import { Conv2DBackpropFilter, Conv2DBackpropInput } from '@tensorflow/tfjs-core';
import type { GradientAttrs } from './convolutionGradient.js';
import { convolutionGradient } from './convolutionGradient.js';
import { computeTiled, computeTiledFilter, EVERYTHING, isTiled, turned } from './winograd.js';

const input = convolutionGradient({
  kernel: Conv2DBackpropInput,
  depthwise: false,
  compute: 'conv2d_input',
  scratch: (native, [, , , ci, kh, kw], co) => native.conv2d_input_scratch(kh, kw, ci, co),
  faster: (native, [x, filter, y], ofForward, lend) => {
    const geometry = turned(ofForward);
    const tiled = { x, filter, bias: 0, y, geometry, isTurned: true, range: EVERYTHING };
    return isTiled(geometry) && computeTiled(native, tiled, lend);
  },
});

/**
 * dx from dy `[batch, outHeight, outWidth, outChannels]` and filter `[height, width, inChannels, outChannels]`.
 *
 * Beside the attributes of tfjs it takes `dilations`. What tfjs's own kernel can beyond it, NCHW, is left to that.
 */
export function conv2dBackpropInput(stock: KernelFunc | undefined): KernelFunc {
  return (params) => {
    const { dataFormat, dilations } = params.attrs as GradientAttrs;
    return dataFormat === 'NCHW' && dilations === undefined && stock !== undefined ? stock(params) : input(params);
  };
}

/**
 * dfilter `[height, width, inChannels, outChannels]` from x `[batch, height, width, inChannels]` and dy.
 *
 * Beside the attributes of tfjs it takes `dilations`.
 */
export const conv2dBackpropFilter: KernelFunc = convolutionGradient({
  kernel: Conv2DBackpropFilter,
  depthwise: false,
  compute: 'conv2d_filter',
  scratch: (native, [, , , ci, kh, kw], co) => native.conv2d_filter_scratch(kh, kw, ci, co),
  faster: computeTiledFilter,
});
