/**
 * Convolutions and dense layers in training.
 *
 * tfjs-layers calls fused ops, whose gradients compute those of the filter and of the bias whether or not anybody wants
 * them, and which the wasm backend cannot compute. Where a weight is trained the unfused ops take their place; where
 * none is, the gradient in x is all there is, and it needs no input of the forward pass: nothing of it is kept.
 */
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { conv2d, matMul, reshape, tidy } from '@tensorflow/tfjs-core';
import type { FrozenConvolution } from '../../host/frozenConvolution.js';
import { frozenConvolution, withoutInputs } from '../../host/frozenConvolution.js';
import { isRecording } from '../../host/recording.js';
import type { Finishing } from './finish.js';
import { activated, finish } from './finish.js';
import type { Fields, Form } from './form.js';
import { isTrained, read, single } from './form.js';

type Padding = 'same' | 'valid';
type Pair = [number, number];

/** `Conv2D`. */
export const convolution: Form = (layer, stock) => (inputs, kwargs) => {
  if (!isRecording() || layer['dataFormat'] === 'channelsFirst') return stock(inputs, kwargs);
  const x = single(inputs) as Tensor4D;
  const filter = read(layer['kernel']) as Tensor4D;
  const [strides, pad, dilations] = [layer['strides'], layer['padding'], layer['dilationRate']] as [
    Pair,
    Padding,
    Pair,
  ];
  if (isAnyTrained(layer, 'kernel', 'bias') || dilations.some((d) => d !== 1))
    return tidy(() => finish(endOf(layer), conv2d(x, filter, strides, pad, 'NHWC', dilations)));
  return frozenConvolved(layer, x, { filter, strides, pad, depthwise: false });
};

/** `DepthwiseConv2D`. */
export const depthwiseConvolution: Form = (layer, stock) => (inputs, kwargs) => {
  if (!isRecording() || layer['dataFormat'] === 'channelsFirst') return stock(inputs, kwargs);
  const x = single(inputs) as Tensor4D;
  const filter = read(layer['depthwiseKernel']) as Tensor4D;
  const [strides, pad] = [layer['strides'], layer['padding']] as [Pair, Padding];
  const dilations = (layer['dilationRate'] ?? [1, 1]) as Pair;
  if (isAnyTrained(layer, 'depthwiseKernel', 'bias') || dilations.some((d) => d !== 1)) return stock(inputs, kwargs);
  return frozenConvolved(layer, x, { filter, strides, pad, depthwise: true });
};

/** `Dense`. */
export const dense: Form = (layer, stock) => (inputs, kwargs) => {
  if (!isRecording()) return stock(inputs, kwargs);
  const x = single(inputs);
  const kernel = read(layer['kernel']) as Tensor2D;
  const [from, to] = kernel.shape;
  const matrix = (t: Tensor, columns: number): Tensor => (t.rank === 2 ? t : reshape(t, [-1, columns]));
  const shaped = (t: Tensor, columns: number): Tensor =>
    x.rank === 2 ? t : reshape(t, [...x.shape.slice(0, -1), columns]);
  const forward = (input: Tensor): Tensor => shaped(matMul(matrix(input, from), kernel), to);
  if (isAnyTrained(layer, 'kernel', 'bias')) return tidy(() => finish(endOf(layer), forward(x)));
  const backward = (dy: Tensor): Tensor => shaped(matMul(matrix(dy, to), kernel, false, true), from);
  const end = endOf(layer);
  const biased = (input: Tensor): Tensor => finish({ ...end, activation: null }, forward(input));
  return tidy(() => activated(end, withoutInputs(x, biased, backward)));
};

/** A convolution none of whose weights is trained, with its bias and its activation. */
function frozenConvolved(layer: Fields, x: Tensor4D, convolution: Omit<FrozenConvolution, 'bias'>): Tensor {
  return tidy(() => activated(endOf(layer), frozenConvolution(x, { ...convolution, bias: read(layer['bias']) })));
}

const endOf = (layer: Fields): Finishing => ({
  bias: (layer['bias'] ?? null) as Finishing['bias'],
  activation: (layer['activation'] ?? null) as Finishing['activation'],
});

function isAnyTrained(layer: Fields, ...weights: string[]): boolean {
  return weights.some((name) => isTrained(layer[name]));
}
