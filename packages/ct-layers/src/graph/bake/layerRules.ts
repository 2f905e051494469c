/**
 * What becomes of the layers of an image network, class by class, where it is written as nodes.
 */
import type { layers } from '@tensorflow/tfjs-layers';
import type { CTActivation } from '../../unit/ctActivation.js';
import { LOWEST } from '../../surgery/lowestPadding2d.js';
import type { GraphConstants } from '../rewrite/graphConstants.js';
import { bakedUnit } from './bakedUnit.js';
import type { LayerNodes } from './bakedLayers.js';
import type { Contraction } from './contraction.js';
import { scaled, written } from './contraction.js';
import { readUnit } from './unitValues.js';

/** The values of a tensor: the name of a node, or a convolution that is not written yet. */
export type Value = string | Contraction;

/** Where nodes go. */
export interface Destination {
  nodes: LayerNodes;
  constants: GraphConstants;
  /** All names in use. */
  names: Set<string>;
  /** How far units may be off. */
  tolerance: number;
}

type Config = Readonly<Record<string, unknown>>;
type Rule = (layer: layers.Layer, inputs: readonly Value[], to: Destination) => Promise<Value> | Value;

/** The name of the node that holds a value, which is written unless it is. */
export function nodeOf(value: Value, to: Destination): string {
  return typeof value === 'string' ? value : written(value, to);
}

/** Activations that tfjs fuses into a convolution on every backend. */
const FUSED = ['Relu', 'Relu6'];

/** The rules by the class names of layers; those of LayerNodes come beside them. */
export const LAYER_RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['Conv2D', (layer, [x], to) => convolution(layer, x!, false, to)],
  ['DepthwiseConv2D', (layer, [x], to) => convolution(layer, x!, true, to)],
  ['BatchNormalization', normalization],
  ['Rescaling', rescaling],
  ['CTActivation', unit],
  ['ReLU', (layer, [x], to) => rectified(layer, x!, configOf(layer)['maxValue'] as number | null | undefined, to)],
  ['Activation', activation],
  ['Add', (layer, inputs, to) => joined('AddV2', layer, inputs, to)],
  ['Multiply', (layer, inputs, to) => joined('Mul', layer, inputs, to)],
  ['Concatenate', concatenated],
  ['ZeroPadding2D', (layer, [x], to) => padded(layer, nodeOf(x!, to), 0, to)],
  ['LowestPadding2D', (layer, [x], to) => padded(layer, nodeOf(x!, to), LOWEST, to)],
  ['MaxPooling2D', (layer, [x], to) => pooled('MaxPool', layer, nodeOf(x!, to), to)],
  ['AveragePooling2D', (layer, [x], to) => pooled('AvgPool', layer, nodeOf(x!, to), to)],
  ['Reshape', reshaped],
  // Of @curvature-tuning/models.
  ['PaddedMaxPooling2D', maximaOfPadded],
  ['HardSigmoid', hardSigmoid],
  ['StochasticDepth', (_, [x]) => x!],
]);

function configOf(layer: layers.Layer): Config {
  return layer.getConfig();
}

/** The values of a layer's weights, as many as it has. */
async function weightsOf(layer: layers.Layer): Promise<{ values: Float32Array; shape: number[] }[]> {
  return Promise.all(
    layer.getWeights().map(async (weight) => ({ values: Float32Array.from(await weight.data()), shape: weight.shape })),
  );
}

function refused(layer: layers.Layer, what: string): Error {
  return new Error(
    `bake: the layer "${layer.name}" (${layer.getClassName()}) ${what}, for which no nodes are known; steer the ` +
      'model as a GraphModel (tensorflowjs_converter, replaceGraphActivations) and bake that',
  );
}

async function convolution(layer: layers.Layer, x: Value, depthwise: boolean, to: Destination): Promise<Value> {
  const config = configOf(layer);
  checkChannelsLast(layer);
  if (!['same', 'valid'].includes(config['padding'] as string)) throw refused(layer, 'pads in a way of its own');
  const [filter, bias] = await weightsOf(layer);
  const { shape } = filter!;
  const channels = depthwise ? shape[2]! * shape[3]! : shape[3]!;
  const contraction: Contraction = {
    name: layer.name,
    depthwise,
    input: nodeOf(x, to),
    filter: filter!,
    bias: bias?.values ?? new Float32Array(channels),
    strides: config['strides'] as number[],
    padding: config['padding'] as string,
    dilations: config['dilationRate'] as number[],
  };
  return activated(layer, contraction, config['activation'], to);
}

/** gamma·(x − mean)/sqrt(variance + epsilon) + beta, as a scale and a shift. */
async function normalization(layer: layers.Layer, [x]: readonly Value[], to: Destination): Promise<Value> {
  const config = configOf(layer);
  const rank = layer.inboundNodes[0]!.inputTensors[0]!.shape.length;
  if (config['axis'] !== -1 && config['axis'] !== rank - 1)
    throw refused(layer, 'normalises another axis than the last');
  const weights = (await weightsOf(layer)).map(({ values }) => values);
  const gamma = config['scale'] === false ? undefined : weights.shift();
  const beta = config['center'] === false ? undefined : weights.shift();
  const [mean, variance] = weights as [Float32Array, Float32Array];
  const scale = variance.map((v, i) => (gamma?.[i] ?? 1) / Math.sqrt(v + (config['epsilon'] as number)));
  const shift = mean.map((m, i) => (beta?.[i] ?? 0) - m * scale[i]!);
  return rescaled(layer, x!, [scale, shift], to);
}

/** scale·x + shift. */
function rescaled(
  { name }: layers.Layer,
  x: Value,
  [scale, shift]: readonly [Float32Array, Float32Array],
  to: Destination,
): Value {
  if (typeof x !== 'string') return scaled(x, scale, shift);
  const [factor, summand] = [scale, shift].map((values) => to.constants.add(values, [values.length]));
  return to.nodes.op('AddV2', name, [to.nodes.op('Mul', `${name}/Mul`, [x, factor!]), summand!]);
}

function rescaling(layer: layers.Layer, [x]: readonly Value[], to: Destination): Value {
  const { scale, offset } = configOf(layer) as Record<'scale' | 'offset', number>;
  return rescaled(layer, x!, [Float32Array.of(scale), Float32Array.of(offset)], to);
}

async function unit(layer: layers.Layer, [x]: readonly Value[], to: Destination): Promise<Value> {
  const activation = layer as CTActivation;
  const { beta } = activation.rawWeights;
  if (beta.shape.slice(0, -1).some((size) => size !== 1)) throw refused(layer, 'has a curvature at every place');
  const { affine, ...values } = await readUnit(activation);
  const isFolded = affine !== undefined && typeof x !== 'string';
  const input = nodeOf(isFolded ? scaled(x!, affine.scale, affine.shift) : x!, to);
  return to.nodes.unit(layer.name, (name) =>
    bakedUnit(name, input, affine === undefined || isFolded ? values : { ...values, affine }, to),
  );
}

function rectified(layer: layers.Layer, x: Value, maxValue: number | null | undefined, to: Destination): Value {
  if (maxValue == null) return activated(layer, x, 'relu', to);
  if (maxValue === 6) return activated(layer, x, 'relu6', to);
  const [low, high] = [0, maxValue].map((bound) => to.constants.add([bound], []));
  return to.nodes.op('ClipByValue', layer.name, [nodeOf(x, to), low!, high!]);
}

function activation(layer: layers.Layer, [x]: readonly Value[], to: Destination): Value {
  return activated(layer, x!, configOf(layer)['activation'], to);
}

function activated(layer: layers.Layer, x: Value, kind: unknown, to: Destination): Value {
  const op = to.nodes.activationOp(layer, kind);
  if (op === '') return x;
  if (typeof x !== 'string' && FUSED.includes(op)) return written(x, to, op);
  return to.nodes.op(op, `${layer.name}/${op}`, [nodeOf(x, to)]);
}

function joined(op: string, layer: layers.Layer, inputs: readonly Value[], to: Destination): Value {
  return inputs.map((input) => nodeOf(input, to)).reduce((sum, input) => to.nodes.op(op, layer.name, [sum, input]));
}

function concatenated(layer: layers.Layer, inputs: readonly Value[], to: Destination): Value {
  const { axis } = configOf(layer) as { axis: number };
  return to.nodes.op(
    'ConcatV2',
    layer.name,
    [...inputs.map((input) => nodeOf(input, to)), to.constants.add([axis], [], 'int32')],
    { N: { i: inputs.length }, Tidx: { type: 'DT_INT32' } },
  );
}

function padded(layer: layers.Layer, x: string, value: number, to: Destination): Value {
  checkChannelsLast(layer);
  const { padding } = configOf(layer) as { padding: number[][] };
  return pad(layer.name, x, { rows: padding, value }, to);
}

/** Rows and columns with a value on all sides. */
function pad(name: string, x: string, { rows, value }: { rows: number[][]; value: number }, to: Destination): string {
  const paddings = to.constants.add([0, 0, ...rows.flat(), 0, 0], [4, 2], 'int32');
  return to.nodes.op('PadV2', name, [x, paddings, to.constants.add([value], [])], { Tpaddings: { type: 'DT_INT32' } });
}

function pooled(op: string, layer: layers.Layer, x: string, to: Destination): Value {
  checkChannelsLast(layer);
  return pool(op, layer, x, configOf(layer) as unknown as Windows, to);
}

/** Where a pooling looks. */
interface Windows {
  poolSize: readonly number[];
  strides: readonly number[];
  padding: string;
}

function pool(op: string, { name }: layers.Layer, x: string, of: Windows, to: Destination): string {
  return to.nodes.op(op, name, [x], {
    ksize: { list: { i: [1, ...of.poolSize, 1] } },
    strides: { list: { i: [1, ...of.strides, 1] } },
    padding: { s: btoa(of.padding.toUpperCase()) },
    data_format: { s: btoa('NHWC') },
  });
}

function maximaOfPadded(layer: layers.Layer, [x]: readonly Value[], to: Destination): Value {
  const { padding, poolSize, strides } = configOf(layer) as Record<'padding' | 'poolSize' | 'strides', number>;
  const rows = [
    [padding, padding],
    [padding, padding],
  ];
  const wide = pad(`${layer.name}/pad`, nodeOf(x!, to), { rows, value: LOWEST }, to);
  const windows = { poolSize: [poolSize, poolSize], strides: [strides, strides], padding: 'valid' };
  return pool('MaxPool', layer, wide, windows, to);
}

/** min(max(x + 3, 0), 6)/6. */
function hardSigmoid(layer: layers.Layer, [x]: readonly Value[], to: Destination): Value {
  const [three, sixth] = [3, 1 / 6].map((value) => to.constants.add([value], []));
  const clipped = to.nodes.op('Relu6', `${layer.name}/Relu6`, [
    to.nodes.op('AddV2', `${layer.name}/AddV2`, [nodeOf(x!, to), three!]),
  ]);
  return to.nodes.op('Mul', layer.name, [clipped, sixth!]);
}

function reshaped(layer: layers.Layer, [x]: readonly Value[], to: Destination): Value {
  const sizes = layer.inboundNodes[0]!.outputTensors[0]!.shape.slice(1);
  if (sizes.includes(null)) throw refused(layer, 'makes values of open size');
  const shape = to.constants.add([-1, ...(sizes as number[])], [sizes.length + 1], 'int32');
  return to.nodes.op('Reshape', layer.name, [nodeOf(x!, to), shape], { Tshape: { type: 'DT_INT32' } });
}

function checkChannelsLast(layer: layers.Layer): void {
  if (configOf(layer)['dataFormat'] === 'channelsFirst') throw refused(layer, 'has its channels first');
}
