/**
 * The layers behind a graph, such as a head that was trained on its features, written as stock TensorFlow nodes; and
 * what all networks end in.
 */
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import { unusedName } from '../../host/unusedName.js';
import { fieldsOf } from '../../host/layerInternals.js';
import { callOf } from '../../model/modelConfig.js';
import { GraphFeatures } from '../rewrite/graphFeaturesLayer.js';
import type { AttrValue, GraphNode } from '../read/graphDef.js';
import type { GraphConstants } from '../rewrite/graphConstants.js';

/** A LayersModel that is a graph and layers in a row behind it. */
export interface LayersBehind {
  graph: GraphFeatures;
  /** In the order in which they act. */
  layers: readonly layers.Layer[];
}

/** TensorFlow's names of the activations of layers; '' is none. */
const ACTIVATIONS = new Map([
  ['linear', ''],
  ['softmax', 'Softmax'],
  ['sigmoid', 'Sigmoid'],
  ['relu', 'Relu'],
  ['relu6', 'Relu6'],
  ['elu', 'Elu'],
  ['tanh', 'Tanh'],
]);

/**
 * The layers of a model behind its graph.
 *
 * @throws Error where the model is anything but a graph and layers in a row, or has no graph.
 */
export function layersBehind(model: LayersModel): LayersBehind {
  const refuse = (what: string): Error =>
    new Error(
      'bake: expected a model with one GraphFeatures layer, and layers in a row behind it, such as linearProbe, ' +
        `steer and tune make of graphFeatures, but ${what}; ` +
        'pass what replaceGraphActivations returned to write a graph alone',
    );
  const behind: layers.Layer[] = [];
  if (model.outputs.length !== 1) throw refuse(`"${model.name}" has ${model.outputs.length} outputs`);
  for (let tensor = model.outputs[0]!; ;) {
    const { outboundLayer: layer, inputTensors, inboundLayers } = callOf(tensor);
    if (layer instanceof GraphFeatures) return { graph: layer, layers: behind };
    if (inboundLayers.length !== 1)
      throw refuse(
        inboundLayers.length === 0
          ? `"${model.name}" has 0`
          : `"${layer.name}" (${layer.getClassName()}) has ${inboundLayers.length} inputs`,
      );
    behind.unshift(layer);
    tensor = inputTensors[0]!;
  }
}

/** Writes layers as nodes. */
export class LayerNodes {
  readonly nodes: GraphNode[] = [];
  private readonly constants: GraphConstants;
  private readonly names: Set<string>;
  private readonly cure: string;

  /**
   * @param names All names in use; those of the new nodes are added.
   * @param cure What is to be done where a layer cannot be written.
   */
  constructor(constants: GraphConstants, names: Set<string>, cure: string) {
    this.constants = constants;
    this.names = names;
    this.cure = cure;
  }

  /**
   * The name of the node that computes what a layer makes of a node's values; a layer that does nothing in inference
   * has none of its own.
   *
   * @throws Error that names a layer of which no nodes are known.
   */
  async add(layer: layers.Layer, input: string): Promise<string> {
    const { shape } = layer.inboundNodes[0]!.inputTensors[0]!;
    const config: Readonly<Record<string, unknown>> = layer.getConfig();
    switch (layer.getClassName()) {
      case 'Dropout':
      case 'InputLayer':
      case 'SpatialDropout2D':
        return input;
      case 'Flatten':
        return this.flattened(layer, input, shape);
      case 'GlobalAveragePooling1D':
      case 'GlobalAveragePooling2D':
        return this.reduced(layer, 'Mean', input, positions(layer, shape.length));
      case 'GlobalMaxPooling1D':
      case 'GlobalMaxPooling2D':
        return this.reduced(layer, 'Max', input, positions(layer, shape.length));
      case 'Dense':
        if (shape.length !== 2) break;
        return this.dense(layer, input, config);
      case 'Activation':
        return this.activated(layer, input, config['activation']);
      case 'Softmax':
        if (config['axis'] !== undefined && config['axis'] !== -1 && config['axis'] !== shape.length - 1) break;
        return this.activated(layer, input, 'softmax');
      default:
    }
    throw new Error(
      `bake: the layer "${layer.name}" (${layer.getClassName()} of [${shape.map((n) => n ?? 'open').join(', ')}]) ` +
        `cannot be written as nodes; ${this.cure}`,
    );
  }

  /** The nodes of a unit, the last of which, given its name, has that: the layer's, unless it is taken. */
  unit(layerName: string, make: (name: string) => readonly GraphNode[]): string {
    const name = unusedName(layerName, this.names);
    this.names.add(name);
    this.nodes.push(...make(name));
    return name;
  }

  /** A node of an activation. */
  op(op: string, name: string, inputs: string[], attr: Record<string, AttrValue> = {}): string {
    const unused = unusedName(name, this.names);
    this.names.add(unused);
    this.nodes.push({ name: unused, op, input: inputs, attr: { T: { type: 'DT_FLOAT' }, ...attr } });
    return unused;
  }

  private flattened(layer: layers.Layer, input: string, shape: readonly (number | null)[]): string {
    const size = shape.slice(1).reduce<number>((product, side) => product * (side ?? NaN), 1);
    if (Number.isNaN(size))
      throw new Error(
        `bake: the layer "${layer.name}" flattens values of open size; pool them: graphFeatures(…, {pooling: 'avg'})`,
      );
    const sizes = this.constants.add([-1, size], [2], 'int32');
    return this.op('Reshape', layer.name, [input, sizes], { Tshape: { type: 'DT_INT32' } });
  }

  private reduced(layer: layers.Layer, op: string, input: string, axes: number[]): string {
    const list = this.constants.add(axes, [axes.length], 'int32');
    return this.op(op, layer.name, [input, list], { keep_dims: { b: false }, Tidx: { type: 'DT_INT32' } });
  }

  private async dense(layer: layers.Layer, input: string, config: Readonly<Record<string, unknown>>): Promise<string> {
    const [kernel, bias] = layer.getWeights();
    const product = this.op(
      'MatMul',
      `${layer.name}/MatMul`,
      [input, this.constants.add((await kernel!.data()) as Float32Array, kernel!.shape)],
      { transpose_a: { b: false }, transpose_b: { b: false } },
    );
    const biased =
      bias === undefined
        ? product
        : this.op('BiasAdd', layer.name, [
            product,
            this.constants.add((await bias.data()) as Float32Array, bias.shape),
          ]);
    return this.activated(layer, biased, config['activation']);
  }

  /**
   * TensorFlow's name of a layer's activation; '' is none.
   *
   * @throws Error where none is known.
   */
  activationOp(layer: layers.Layer, activation: unknown): string {
    const op = ACTIVATIONS.get(activation as string);
    if (op === undefined)
      throw new Error(
        `bake: the activation ${JSON.stringify(activation)} of the layer "${layer.name}" cannot be written as a ` +
          `node: ${[...ACTIVATIONS.keys()].join(', ')} can`,
      );
    return op;
  }

  private activated(layer: layers.Layer, input: string, activation: unknown): string {
    const op = this.activationOp(layer, activation);
    return op === '' ? input : this.op(op, `${layer.name}/${op}`, [input]);
  }
}

/** The axes that a global pooling acts along. */
function positions(layer: layers.Layer, rank: number): number[] {
  if (rank === 3) return [1];
  return fieldsOf(layer)['dataFormat'] === 'channelsFirst' ? [2, 3] : [1, 2];
}
