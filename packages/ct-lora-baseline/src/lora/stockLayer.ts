/**
 * The tfjs-layers classes that LoRA layers extend. tfjs exports their factories alone, so each is taken from an
 * instance, which is never built; it has a name of its own, so that the numbering of the user's layers stays as it is.
 */
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { layers as layersNamespace, LayerVariable } from '@tensorflow/tfjs-layers';
import { initializers, layers } from '@tensorflow/tfjs-layers';

/** A stock layer with a kernel, and the fields that tfjs keeps protected. */
export interface KernelLayer extends layersNamespace.Layer {
  /** Of a depthwise convolution it is `depthwiseKernel`. */
  kernel: LayerVariable;
  depthwiseKernel: LayerVariable;
  bias: LayerVariable | null;
  activation: { getClassName: () => string; apply: (x: Tensor) => Tensor } | null;
  strides: [number, number];
  padding: 'same' | 'valid';
  dilationRate: [number, number];
}

/** The constructor of a stock layer. */
export type KernelLayerClass = new (args: never) => KernelLayer;

const classOf = (layer: layersNamespace.Layer): KernelLayerClass => layer.constructor as unknown as KernelLayerClass;

export const Dense: KernelLayerClass = classOf(layers.dense({ name: 'lora_stock_dense', units: 1 }));
export const Conv2D: KernelLayerClass = classOf(
  layers.conv2d({ name: 'lora_stock_conv2d', filters: 1, kernelSize: 1 }),
);
export const DepthwiseConv2D: KernelLayerClass = classOf(
  layers.depthwiseConv2d({ name: 'lora_stock_depthwise', kernelSize: 1 }),
);

/** Adds a trainable weight, zero, as tfjs lets subclasses alone do. */
export function addZeros(layer: KernelLayer, name: string, shape: number[]): LayerVariable {
  type AddWeight = (
    name: string,
    shape: number[],
    dtype: 'float32',
    initializer: ReturnType<typeof initializers.zeros>,
    regularizer: undefined,
    trainable: boolean,
  ) => LayerVariable;
  return (layer as unknown as { addWeight: AddWeight }).addWeight(
    name,
    shape,
    'float32',
    initializers.zeros(),
    undefined,
    true,
  );
}

/** Sets a weight to just this value: `write` would apply the weight's constraint. */
export function assign(weight: LayerVariable, value: Tensor): void {
  (weight as unknown as { val: Variable }).val.assign(value);
}

/** Bias and activation, as a layer has them. */
export function finish({ bias, activation }: KernelLayer, y: Tensor, add: (a: Tensor, b: Tensor) => Tensor): Tensor {
  const biased = bias === null ? y : add(y, bias.read());
  return activation === null || activation.getClassName() === 'linear' ? biased : activation.apply(biased);
}
