/**
 * The head of a classifier: the layer that turns features into scores.
 */
import type { layers, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { fieldsOf } from '../host/layerInternals.js';
import type { LayerCall } from './modelConfig.js';
import { callOf, leafLayers } from './modelConfig.js';
import { checkLayersModel } from './modelKind.js';
import { weightName } from './weightName.js';

/** A tensor in a model, or in models nested in it. */
export interface Place {
  /** The nested models that it lies in and their calls, the outermost first; none at the top level. */
  within: { model: LayersModel; call: LayerCall }[];
  tensor: SymbolicTensor;
}

/** A head, and what it gets. */
export interface Head extends Place {
  layer: layers.Layer;
  /** The class of the global pooling that follows the head, where it scores every position. */
  pool: 'GlobalAveragePooling2D' | 'GlobalMaxPooling2D' | undefined;
}

/**
 * The head of a model: the last Dense layer, or the last convolution that does the same, on the way back from the
 * output through layers with one input and no kernel (activations, softmax, dropout, reshapes, pooling), in and out of
 * nested models.
 *
 * A convolution is a head where its output is of one position, or where a 1x1 kernel is followed by global pooling;
 * unless a nonlinearity behind it makes features of its output. Of a model with several outputs, the last Dense layer
 * at the top level. Undefined for a model without a head.
 */
export function locateHead(model: LayersModel): Head | undefined {
  if (model.outputs.length > 1) {
    const dense = model.layers.findLast(isDense);
    return dense && { layer: dense, within: [], tensor: dense.getInputAt(0) as SymbolicTensor, pool: undefined };
  }
  const passed: layers.Layer[] = [];
  let place: Place = { within: [], tensor: model.outputs[0]! };
  for (;;) {
    const call = callOf(place.tensor);
    const layer = call.outboundLayer;
    if (layer instanceof LayersModel) {
      place = {
        within: [...place.within, { model: layer, call }],
        tensor: layer.outputs[call.outputTensors.indexOf(place.tensor)]!,
      };
      continue;
    }
    if (call.inputTensors.length !== 1 || call.inboundLayers.length === 0) return undefined;
    const before = leaveInputs({ within: place.within, tensor: call.inputTensors[0]! });
    if (isDense(layer)) return { layer, ...before, pool: undefined };
    if (isConvolutionalHead(layer, call, passed))
      return { layer, ...before, pool: isOnePosition(call) ? undefined : poolIn(passed) };
    if (hasKernel(layer)) return undefined;
    passed.push(layer);
    place = before;
  }
}

/** The Dense layer that is the head of a model, if it has one that is called once. */
export function headOf(model: LayersModel): layers.Layer | undefined {
  const layer = locateHead(model)?.layer;
  return layer?.getClassName() === 'Dense' && layer.inboundNodes.length === 1 ? layer : undefined;
}

/** The head of a model with its path (`outer/inner`), Dense or a convolution: what `tune` and its like cut off. */
export function headLayer(model: LayersModel): { path: string; layer: layers.Layer } | undefined {
  checkLayersModel('headLayer', model);
  const layer = locateHead(model)?.layer;
  return leafLayers(model).find((leaf) => leaf.layer === layer);
}

/** The same tensor seen from outside where it is the input of a nested model. */
function leaveInputs({ within, tensor }: Place): Place {
  const last = within.at(-1);
  const input = last?.model.inputs.indexOf(tensor) ?? -1;
  return input === -1
    ? { within, tensor }
    : leaveInputs({ within: within.slice(0, -1), tensor: last!.call.inputTensors[input]! });
}

function isDense(layer: layers.Layer): boolean {
  return /^(Lora)?Dense$/.test(layer.getClassName());
}

function hasKernel(layer: layers.Layer): boolean {
  return layer.weights.some((weight) => weightName(weight).endsWith('kernel'));
}

function isConvolutionalHead(layer: layers.Layer, call: LayerCall, passed: readonly layers.Layer[]): boolean {
  if (!/^(Lora)?Conv2D$/.test(layer.getClassName())) return false;
  const isPoint = (fieldsOf(layer)['kernelSize'] as number[]).every((size) => size === 1);
  if (!isOnePosition(call) && !(isPoint && poolIn(passed) !== undefined)) return false;
  const nonlinearities = [layer, ...passed].map(nonlinearityOf).filter((name) => name !== undefined);
  return nonlinearities.length === 0 || nonlinearities.some((name) => /softmax|sigmoid/i.test(name));
}

function isOnePosition({ outputTensors }: LayerCall): boolean {
  return outputTensors[0]!.shape.slice(1, -1).every((size) => size === 1);
}

function poolIn(passed: readonly layers.Layer[]): Head['pool'] {
  const names = passed.map((layer) => layer.getClassName());
  return (['GlobalAveragePooling2D', 'GlobalMaxPooling2D'] as const).find((name) => names.includes(name));
}

/** The name of the activation that a layer is or has; undefined for none. */
function nonlinearityOf(layer: layers.Layer): string | undefined {
  const className = layer.getClassName();
  const { activation } = layer.getConfig();
  if (/(ReLU|ELU|Softmax|CTActivation)$/.test(className)) return className;
  return typeof activation === 'string' && activation !== 'linear' ? activation : undefined;
}
