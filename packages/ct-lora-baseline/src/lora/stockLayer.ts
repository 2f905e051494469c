/**
 * The tfjs-layers classes that LoRA layers extend. tfjs exports their factories alone, so each is taken from an
 * instance, which is never built; it has a name of its own, so that the numbering of the user's layers stays as it is.
 */
import type { serialization, Tensor, Variable } from '@tensorflow/tfjs-core';
import type { layers as layersNamespace, LayerVariable } from '@tensorflow/tfjs-layers';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import type { Finishing } from '@curvature-tuning/layers/training';

/** A stock layer with a kernel, and the fields that tfjs keeps protected. */
export interface KernelLayer extends layersNamespace.Layer, Finishing {
  /** Of a depthwise convolution it is `depthwiseKernel`. */
  kernel: LayerVariable;
  depthwiseKernel: LayerVariable;
  strides: [number, number];
  padding: 'same' | 'valid';
  dilationRate: [number, number];
}

/** The fields by name of an object of tfjs, those of its class too, whatever its typings say of them. */
export function fieldsOf(owner: object): Record<string, unknown> {
  return owner as Record<string, unknown>;
}

/** The constructor of a stock layer. */
export interface KernelLayerClass {
  new (args: never): KernelLayer;
  readonly className: string;
  /** Makes a layer of a serialized one's config. */
  fromConfig<T extends serialization.Serializable>(
    Class: serialization.SerializableConstructor<T>,
    config: serialization.ConfigDict,
  ): T;
}

const classOf = (layer: layersNamespace.Layer): KernelLayerClass => layer.constructor as KernelLayerClass;

/** The class of tfjs's Dense layers, which tfjs-layers does not export. */
export const Dense: KernelLayerClass = classOf(layers.dense({ name: 'lora_stock_dense', units: 1 }));

/** The class of tfjs's Conv2D layers, which tfjs-layers does not export. */
export const Conv2D: KernelLayerClass = classOf(
  layers.conv2d({ name: 'lora_stock_conv2d', filters: 1, kernelSize: 1 }),
);

/** The class of tfjs's DepthwiseConv2D layers, which tfjs-layers does not export. */
export const DepthwiseConv2D: KernelLayerClass = classOf(
  layers.depthwiseConv2d({ name: 'lora_stock_depthwise', kernelSize: 1 }),
);

/** What tfjs's layers have for their subclasses. */
type Adding = {
  addWeight(
    name: string,
    shape: number[],
    dtype: 'float32',
    initializer: ReturnType<typeof initializers.zeros>,
    regularizer: undefined,
    trainable: boolean,
  ): LayerVariable;
};

/** Adds a trainable weight, zero, as tfjs lets subclasses alone do. */
export function addZeros(layer: KernelLayer, name: string, shape: number[]): LayerVariable {
  return (fieldsOf(layer) as Adding).addWeight(name, shape, 'float32', initializers.zeros(), undefined, true);
}

/** Sets a weight to just this value: `write` would apply the weight's constraint. */
export function assign(weight: LayerVariable, value: Tensor): void {
  (fieldsOf(weight)['val'] as Variable).assign(value);
}
