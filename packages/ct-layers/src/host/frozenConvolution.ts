/**
 * Convolutions none of whose weights is trained: of their gradient there is the one in x alone, which needs no input of
 * the forward pass, so that nothing is kept for it.
 */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import {
  add,
  conv2d,
  Conv2DBackpropInput,
  customGrad,
  depthwiseConv2d,
  DepthwiseConv2dNativeBackpropInput,
  engine,
  tidy,
} from '@tensorflow/tfjs-core';

/** A convolution of NHWC data, not dilated. */
export interface FrozenConvolution {
  /** `[height, width, in, out]`, or `[height, width, in, multiplier]` where it is depthwise. */
  filter: Tensor4D;
  bias: Tensor | null;
  strides: [number, number];
  pad: 'same' | 'valid';
  depthwise: boolean;
}

/** The convolution and its bias, on the tape as one op. */
export function frozenConvolution(x: Tensor4D, { filter, bias, strides, pad, depthwise }: FrozenConvolution): Tensor {
  const convolve = depthwise ? depthwiseConv2d : conv2d;
  const gradient = (dy: Tensor): Tensor => {
    const attrs = { strides, pad, inputShape: x.shape };
    return depthwise
      ? engine().runKernel(DepthwiseConv2dNativeBackpropInput, { dy, filter }, { ...attrs, dilations: [1, 1] })
      : engine().runKernel(Conv2DBackpropInput, { dy, filter }, { ...attrs, dataFormat: 'NHWC' });
  };
  return withoutInputs(
    x,
    (input) => {
      const y = convolve(input as Tensor4D, filter, strides, pad);
      return bias === null ? y : add(y, bias);
    },
    gradient,
  );
}

/** An op whose gradient needs nothing but dy. */
export function withoutInputs(x: Tensor, forward: (x: Tensor) => Tensor, backward: (dy: Tensor) => Tensor): Tensor {
  return customGrad((input) => ({
    value: forward(input as Tensor),
    gradFunc: (dy: Tensor) => tidy(() => backward(dy)),
  }))(x);
}
