/**
 * Runs a tfjs-layers model so that its gradient in the input costs nothing but that: no kernel for a gradient in a
 * parameter is ever started.
 *
 * tfjs-layers' Conv2D and Dense call the fused ops, whose gradient computes the gradients in filter and bias along
 * with that in the input, wanted or not; tfjs-backend-wasm even lacks the kernel. The plain ops compute each only
 * when it is asked for. So for the duration of one synchronous forward pass, and for no longer, the layers of *this*
 * model answer `call` with the plain ops; nothing global changes, and nobody else can run in between.
 */
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { Tensor, add, conv2d, matMul, reshape, tidy, transpose } from '@tensorflow/tfjs-core';

/** What is read of a tfjs-layers layer; structural, so that this package works without tfjs-layers. */
export interface LayerLike {
  name: string;
  /** The name under which its class is registered. */
  getClassName(): string;
  /** Computes the layer. */
  call(inputs: Tensor | Tensor[], kwargs: unknown): Tensor | Tensor[];
  layers?: LayerLike[];
}

interface WeightedLayer extends LayerLike {
  kernel: { read(): Tensor };
  bias: { read(): Tensor } | null;
  activation: { apply(x: Tensor): Tensor } | null;
}

interface Conv2DLayer extends WeightedLayer {
  strides: [number, number];
  padding: 'same' | 'valid';
  dataFormat: 'channelsLast' | 'channelsFirst';
  dilationRate: [number, number] | number;
}

/** The part of tfjs-layers' LayersModel that is used here. */
export interface LayersModelLike {
  layers: LayerLike[];
  /** Computes the network. */
  apply(inputs: Tensor, kwargs?: { training?: boolean }): unknown;
}

/** Whether `model` is a tfjs-layers model (and not a GraphModel or a function). */
export function isLayersModel(model: unknown): model is LayersModelLike {
  if (typeof model !== 'object' || model === null) return false;
  const candidate = model as Partial<LayersModelLike>;
  return (
    typeof candidate.apply === 'function' &&
    Array.isArray(candidate.layers) &&
    candidate.layers.every((layer) => typeof (layer as Partial<LayerLike> | null)?.getClassName === 'function')
  );
}

/**
 * The model's output for `x`, in inference mode, recorded such that only input gradients are computed.
 *
 * Equals `model.apply(x, {training: false})`; the caller's model is as it was when this returns or throws.
 */
export function applyForInputGradients(model: LayersModelLike, x: Tensor): Tensor {
  const changed: LayerLike[] = [];
  try {
    for (const layer of allLayers(model.layers)) {
      const plain = plainCall(layer);
      // A layer whose own `call` someone has set already is left to them.
      if (plain === undefined || Object.hasOwn(layer, 'call')) continue;
      layer.call = plain;
      changed.push(layer);
    }
    return singleOutput(model.apply(x, { training: false }));
  } finally {
    for (const layer of changed) delete (layer as Partial<LayerLike>).call;
  }
}

/** The one output of a model, whatever container it comes in; all else as it is, for `AttackedModel` to refuse. */
export function singleOutput(output: unknown): Tensor {
  const outputs = outputsOf(output);
  return (outputs.length === 1 ? outputs[0] : output) as Tensor;
}

/** The tensors in a list or a map of outputs. */
export function outputsOf(output: unknown): Tensor[] {
  if (typeof output !== 'object' || output === null || output instanceof Tensor) return [];
  return (Object.values(output) as unknown[]).filter((value): value is Tensor => value instanceof Tensor);
}

function allLayers(layers: LayerLike[]): LayerLike[] {
  return layers.flatMap((layer) => (Array.isArray(layer.layers) ? allLayers(layer.layers) : [layer]));
}

function plainCall(layer: LayerLike): LayerLike['call'] | undefined {
  const className = layer.getClassName();
  if (className === 'Conv2D') return (inputs) => tidy(() => plainConv2d(layer as Conv2DLayer, onlyTensor(inputs)));
  if (className === 'Dense') return (inputs) => tidy(() => plainDense(layer as WeightedLayer, onlyTensor(inputs)));
  return undefined;
}

function plainConv2d(
  { kernel, bias, activation, strides, padding, dataFormat, dilationRate }: Conv2DLayer,
  x: Tensor,
): Tensor {
  const channelsFirst = dataFormat === 'channelsFirst';
  const nhwc = (channelsFirst ? transpose(x, [0, 2, 3, 1]) : x) as Tensor4D;
  const y = conv2d(
    nhwc,
    kernel.read() as Tensor4D,
    strides,
    padding === 'same' ? 'same' : 'valid',
    'NHWC',
    dilationRate,
  );
  const z = finish(y, bias, activation);
  return channelsFirst ? transpose(z, [0, 3, 1, 2]) : z;
}

function plainDense({ kernel, bias, activation }: WeightedLayer, x: Tensor): Tensor {
  const weights = kernel.read() as Tensor2D;
  const flat = x.rank === 2 ? x : reshape(x, [-1, weights.shape[0]]);
  const y = finish(matMul(flat, weights), bias, activation);
  return x.rank === 2 ? y : reshape(y, [...x.shape.slice(0, -1), weights.shape[1]]);
}

function finish(y: Tensor, bias: WeightedLayer['bias'], activation: WeightedLayer['activation']): Tensor {
  const shifted = bias === null || bias === undefined ? y : add(y, bias.read());
  return activation === null || activation === undefined ? shifted : activation.apply(shifted);
}

function onlyTensor(inputs: Tensor | Tensor[]): Tensor {
  return Array.isArray(inputs) ? inputs[0]! : inputs;
}
