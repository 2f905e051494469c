/**
 * The two gradients of a depthwise convolution, `DepthwiseConv2dNativeBackpropInput` and
 * `DepthwiseConv2dNativeBackpropFilter`, as kernels of the wasm backend. The arithmetic is native/depthwise.c.
 *
 * Departure: dilations count. tfjs's cpu kernels ignore them, and its gradient refuses them before it comes to that.
 */
import type { KernelFunc } from '@tensorflow/tfjs-core';
import { DepthwiseConv2dNativeBackpropFilter, DepthwiseConv2dNativeBackpropInput } from '@tensorflow/tfjs-core';
import { convolutionGradient } from './convolutionGradient.js';

/** dx from dy `[batch, outHeight, outWidth, inChannels * m]` and filter `[height, width, inChannels, m]`. */
export const depthwiseBackpropInput: KernelFunc = convolutionGradient({
  kernel: DepthwiseConv2dNativeBackpropInput,
  depthwise: true,
  compute: 'depthwise_input',
  scratch: (native, [, , w, ci], m) => native.depthwise_input_scratch(w, ci, m),
});

/** dfilter `[height, width, inChannels, m]` from x `[batch, height, width, inChannels]` and dy. */
export const depthwiseBackpropFilter: KernelFunc = convolutionGradient({
  kernel: DepthwiseConv2dNativeBackpropFilter,
  depthwise: true,
  compute: 'depthwise_filter',
  scratch: (native, [, , w, ci, kh, kw], m) => native.depthwise_filter_scratch(kh, kw, w, ci, m),
});
