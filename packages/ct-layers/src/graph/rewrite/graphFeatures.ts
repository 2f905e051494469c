/**
 * A steered GraphModel as a layer: what makes probe, steer and tune, which work on LayersModels, work on graphs too.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  anyOf,
  check,
  filledText,
  flag,
  listOf,
  mapOf,
  matching,
  nothing,
  objectWith,
  oneOf,
  optional,
  options as optionsOf,
  whole,
} from '@curvature-tuning/checks';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { serialization } from '@tensorflow/tfjs-core';
import type { LayerVariable, LayersModel, Shape, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model as functional } from '@tensorflow/tfjs-layers';
import { acrossCopies } from '../../host/copies.js';
import { CTActivation } from '../../unit/ctActivation.js';
import { HeldNormalization } from '../../unit/heldNormalization.js';
import type { UnitHolder } from '../../unit/unitHolder.js';
import { registerUnitHolder } from '../../unit/unitHolder.js';
import { copyUnit } from './buildUnit.js';
import type { GraphView, Pooling } from './featureNodes.js';
import { ancestors, constantNodes, featureNodes, isPoolable, mapBefore } from './featureNodes.js';
import { convolutionsOf } from './graphNormalizations.js';
import { GraphIndex, nodeName } from '../read/graphDef.js';
import type { Sizes } from '../read/fact.js';
import { GraphFacts, merged } from '../read/graphFacts.js';
import { dynamicNodes, runOnZeros } from '../read/graphShapes.js';
import { GraphWeights } from '../read/graphWeights.js';
import type { SteerableGraphModel, SteeredGraph } from './steeredGraph.js';
import { graphOf, steeredGraph, steeredSchema } from './steeredGraph.js';

/** What `graphFeatures` takes. */
export interface GraphFeaturesOptions {
  /**
   * Name of the node whose output to compute, any of the graph's. Default: what the graph's head gets, a MatMul or a
   * convolution that does the same, else the output; see `featureNodes`.
   */
  output?: string | undefined;
  /**
   * Pools over the positions of a map of features, `[batch, height, width, channels]` or `[batch, positions,
   * channels]`: `'avg'` the mean, `'max'` the largest value of each channel, `'none'`. Default: where `output` is not
   * named, as the graph's own head does, else `'none'`.
   */
  pooling?: Pooling | 'none' | undefined;
  /** Name of the layer. Default `graph_features`, numbered by tfjs. */
  name?: string | undefined;
}

/** The configuration of a `GraphFeatures` layer. */
export interface GraphFeaturesArgs {
  name?: string | undefined;
  trainable?: boolean | undefined;
  graph: number;
  output: string;
  /** Shape of the output, batch axis first. */
  outputShape: Shape;
}

export const graphFeaturesArguments: Entries<{ steered: SteerableGraphModel; options: GraphFeaturesOptions }> = {
  steered: steeredSchema,
  options: optionsOf<GraphFeaturesOptions>({
    output: filledText,
    pooling: oneOf('avg', 'max', 'none'),
    name: filledText,
  }),
};

const id = whole({ min: 0 });
const unit: Schema<CTActivation> = matching((value): value is CTActivation => value instanceof CTActivation, {
  expects: 'a CTActivation',
});

const normalization: Schema<HeldNormalization> = matching(
  (value): value is HeldNormalization => value instanceof HeldNormalization,
  { expects: 'a batch normalisation of a graph' },
);

/** What a graph's own layers are shared as. */
export interface HeldByGraph {
  units: ReadonlyMap<string, CTActivation>;
  normalizations: ReadonlyMap<string, HeldNormalization>;
}

/** Of the class itself, which is made from the configurations of saved models, too. */
export const graphFeaturesLayerArguments: Entries<{
  options: GraphFeaturesArgs;
  shared: HeldByGraph;
}> = {
  options: objectWith<GraphFeaturesArgs>(
    {
      name: filledText,
      trainable: flag,
      graph: id,
      output: filledText,
      outputShape: listOf(anyOf(id, nothing)) as Schema<Shape>,
    },
    ['graph', 'output', 'outputShape'],
  ),
  shared: optional(
    objectWith<HeldByGraph>(
      {
        units: mapOf(unit, { expects: 'a Map of names and CT layers' }),
        normalizations: mapOf(normalization, { expects: 'a Map of names and batch normalisations' }),
      },
      ['units', 'normalizations'],
    ),
  ),
};

/**
 * A LayersModel that runs a steered graph up to one of its nodes.
 *
 *     const steered = await replaceGraphActivations(url, { trainable: true, sharing: 'channel' });
 *     const { classifier } = await linearProbe(graphFeatures(steered), train, validation);
 *
 * Inputs and output as the graph has them, batch axis first. What lies behind the node is no part of the model: it is
 * neither computed nor trained, counted or saved. Weights are those of the CT layers before the node, the same
 * variables as the steered model's: `steered.setBeta` acts on the features, and training them on the steered model.
 * Likewise the statistics of batch normalisation that the converter left as nodes, which `steer`, `tune` and
 * `calibrate` re-estimate. Copies of the LayersModel, such as `linearProbe` makes, have CT layers and statistics of
 * their own. The graph's filters are no weights: they cannot be trained, and no gradient is computed for them. A graph
 * stays in memory until the steered model and all LayersModels made from it are disposed of.
 *
 * @throws Error when there is no such node, naming those that suggest themselves; when no node is named, and the
 * graph's
 *   heads see different features; when an input of the graph has no rank or the node needs control flow, which tfjs
 *   runs asynchronously alone; RangeError when there are no positions to pool.
 */
export function graphFeatures(steered: SteerableGraphModel, options: GraphFeaturesOptions = {}): LayersModel {
  check('graphFeatures', graphFeaturesArguments, { steered, options });
  const graph = steeredGraph('graphFeatures', steered);
  if (graph.inputs.length === 0 || graph.outputs.length === 0)
    throw new Error('graphFeatures: the graph has no inputs or no outputs; pass a model that computes something');
  const view = viewOf(graph);
  const { output, pooling } = chosenNode(graph, view, options);
  const outputShape = shapeAt(graph, view, output);
  if (pooling !== 'none' && !isPoolable(outputShape))
    throw new RangeError(
      `graphFeatures: pooling needs values [batch, height, width, channels] or [batch, positions, channels], got ` +
        `[${outputShape.map((size) => size ?? 'open').join(', ')}] of "${output}"; leave {pooling} out`,
    );
  const inputs = graph.inputs.map(({ name, shape, dtype }) => {
    if (shape === undefined)
      throw new Error(
        `graphFeatures: the input "${name}" of the graph has no shape, not even a rank; convert the model with one`,
      );
    if ((dtype as string | null) === null || (dtype as string) === 'string')
      throw new Error(
        `graphFeatures: the input "${name}" of the graph is of ` +
          `${(dtype as string | null) === null ? 'a type that tfjs does not know' : 'type string'}; a ` +
          'LayersModel takes numbers',
      );
    return input({
      batchShape: shape.map((size) => (size >= 0 ? size : null)),
      dtype: dtype ?? 'float32',
      name: name.replaceAll('/', '_'),
    });
  });
  const args: GraphFeaturesArgs = {
    ...(options.name !== undefined && { name: options.name }),
    graph: graph.id,
    output,
    outputShape: [inputs[0]!.shape[0] ?? null, ...outputShape.slice(1)],
  };
  const before = ancestors(view.index, output);
  const units = new Map([...steered.activations].filter(([node]) => before.has(node)));
  const normalizations = new Map([...graph.normalizations].filter(([node]) => before.has(node)));
  const features = new GraphFeatures(args, { units, normalizations }).apply(
    inputs.length === 1 ? inputs[0]! : inputs,
  ) as SymbolicTensor;
  const outputs = pooling === 'none' ? features : pool(features, pooling, view.facts.of(output).channelsFirst === true);
  return functional({ inputs, outputs });
}

/** A graph as the search for its features sees it. */
type View = GraphView & { facts: GraphFacts };

function viewOf(graph: SteeredGraph): View {
  const { modelTopology, weightSpecs, weightData } = graph.source;
  const index = new GraphIndex(modelTopology.node);
  const facts = new GraphFacts(index, new GraphWeights('graphFeatures', weightSpecs, weightData));
  const known = new Map<string, Shape | undefined>();
  const shapeOf = (output: string): Shape | undefined => {
    if (!known.has(output)) known.set(output, triedShape(graph, facts, output));
    return known.get(output);
  };
  return { index, constants: constantNodes(index), shapeOf, facts };
}

/** The shape by the graph's facts, else of a run on zeros where there can be one. */
function triedShape(graph: SteeredGraph, facts: GraphFacts, output: string): Shape | undefined {
  const { shape } = facts.of(output);
  if (shape !== undefined) return [...shape];
  try {
    return [...(runOnZeros(graph, [output]).get(output)!.shape ?? [])];
  } catch {
    return undefined;
  }
}

/** The node to compute, and how it is pooled. */
function chosenNode(
  graph: SteeredGraph,
  view: View,
  { output, pooling }: GraphFeaturesOptions,
): { output: string; pooling: Pooling | 'none' } {
  if (output !== undefined && view.index.nodes.has(nodeName(output))) return { output, pooling: pooling ?? 'none' };
  const found = featureNodes(
    view,
    graph.outputs.map(({ name }) => name),
  );
  const proposals = [...found, ...found.flatMap((node) => mapBefore(view, node) ?? [])]
    .slice(0, 6)
    .map((node) => `{output: '${node.output}'${node.pooling === undefined ? '' : `, pooling: '${node.pooling}'`}}`)
    .join(', ');
  if (output !== undefined)
    throw new Error(
      `graphFeatures: no node "${output}" in the graph; name one of its ${view.index.nodes.size} nodes, such as ` +
        proposals,
    );
  if (found.length > 1)
    throw new Error(
      `graphFeatures: the ${graph.outputs.length} outputs of the graph have ${found.length} heads that see different ` +
        `features; choose a node, such as ${proposals}`,
    );
  return { output: found[0]!.output, pooling: pooling ?? found[0]!.pooling ?? 'none' };
}

/**
 * The shape of a value, null for open sizes: of a run on zeros, or by the graph's facts where no size that was tried
 * fits.
 */
function shapeAt(graph: SteeredGraph, { index, facts }: View, output: string): Shape {
  const fact = facts.of(output).shape;
  let shape: Sizes | undefined;
  try {
    const value = runOnZeros(graph, [output]).get(output)!;
    if (value.dtype !== 'float32')
      throw new TypeError(`its values are ${value.dtype}, and features are float32; name a node before it`);
    shape = merged(fact, value.shape);
  } catch (error) {
    const isOpen = graph.inputs.some((given) => given.shape?.slice(1).some((size) => !(size >= 0)));
    if (
      error instanceof TypeError ||
      !isOpen ||
      fact === undefined ||
      fact.at(-1) === null ||
      dynamicNodes(index).has(nodeName(output))
    ) {
      throw new Error(`graphFeatures: the graph cannot be run up to "${output}": ${(error as Error).message}`, {
        cause: error,
      });
    }
    shape = fact;
  }
  if (shape === undefined || shape.length === 0)
    throw new Error(
      `graphFeatures: "${output}" has ${shape === undefined ? 'no fixed rank' : 'no batch axis'}; name another node`,
    );
  return [...shape];
}

/** Pools a map of features over its positions. */
function pool(features: SymbolicTensor, pooling: Pooling, channelsFirst: boolean): SymbolicTensor {
  const { shape } = features;
  const dataFormat = channelsFirst ? 'channelsFirst' : 'channelsLast';
  const layer =
    shape.length === 4
      ? pooling === 'max'
        ? layers.globalMaxPooling2d({ dataFormat })
        : layers.globalAveragePooling2d({ dataFormat })
      : pooling === 'max'
        ? layers.globalMaxPooling1d({})
        : layers.globalAveragePooling1d({});
  return layer.apply(features) as SymbolicTensor;
}

/**
 * The layer of `graphFeatures`. Its graph lives in this process: a saved model that holds one can be loaded only here.
 */
export class GraphFeatures extends layers.Layer implements UnitHolder {
  /** @nocollapse */
  static readonly className: string = 'GraphFeatures';
  /** Copies need not be compared with the original. */
  static readonly configIsComplete: boolean = true;
  /** The CT layers before the output, by the name of their node, in the order of the sites. */
  readonly activations: ReadonlyMap<string, CTActivation>;
  /** The batch normalisations before the output that the converter left, by the name of their node. */
  readonly normalizations: ReadonlyMap<string, HeldNormalization>;
  /** The graph that this layer runs. */
  readonly graph: { readonly source: { readonly modelTopology: object } };
  private readonly steered: SteeredGraph;
  /** The names of the nodes that the output is computed from. */
  private readonly before: ReadonlySet<string>;
  private readonly args: GraphFeaturesArgs;

  /** @param shared What of the graph's own to use; without it the layer makes copies. */
  constructor(args: GraphFeaturesArgs, shared?: HeldByGraph) {
    check('GraphFeatures', graphFeaturesLayerArguments, { options: args, shared });
    super({
      ...(args.name !== undefined && { name: args.name }),
      ...(args.trainable !== undefined && { trainable: args.trainable }),
    });
    const graph = graphOf(args.graph);
    if (graph === undefined)
      throw new Error(
        `GraphFeatures: graph ${args.graph} of layer "${args.name ?? ''}" is not in this process, or was ` +
          'disposed of; make the layer with graphFeatures, or save the graph with bake',
      );
    this.args = args;
    this.graph = graph;
    this.steered = graph;
    this.before = ancestors(new GraphIndex(graph.source.modelTopology.node), args.output);
    const copied = <T>(own: ReadonlyMap<string, T>, copy: (one: T, node: string) => T): Map<string, T> =>
      new Map([...own].filter(([node]) => this.before.has(node)).map(([node, one]) => [node, copy(one, node)]));
    this.activations = shared?.units ?? copied(graph.activations, (own, node) => copyUnit(node, own));
    this.normalizations = shared?.normalizations ?? copied(graph.normalizations, (own) => own.copy());
    graph.retain();
  }

  override build(): void {
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const tensors = Array.isArray(inputs) ? inputs : [inputs];
    const named: NamedTensorMap = Object.fromEntries(this.steered.inputs.map(({ name }, i) => [name, tensors[i]!]));
    return this.steered.executeWith(this.activations, this.normalizations, named, this.args.output);
  }

  override computeOutputShape(): Shape {
    return this.args.outputShape;
  }

  /**
   * Numbers that go in and out of the largest node before the output, for inputs of these shapes: what evaluation
   * batches are sized by.
   */
  largestNode(inputs: readonly Shape[]): number {
    return this.steered.largestNode(inputs, this.args.output, this.before);
  }

  override get trainableWeights(): LayerVariable[] {
    // Layer's constructor comes here before there are any.
    return this.trainable ? this.all((unit) => unit.trainableWeights) : [];
  }

  override get nonTrainableWeights(): LayerVariable[] {
    const ofUnits = this.all((unit) => (this.trainable ? unit.nonTrainableWeights : unit.weights));
    return [...ofUnits, ...this.statistics];
  }

  /** In the order of the sites, whatever is trainable: copies take their values by position. */
  override get weights(): LayerVariable[] {
    return [...this.all((unit) => unit.weights), ...this.statistics];
  }

  /** Of the convolutions before the output. */
  get convolutions(): { all: number; biased: number } {
    return convolutionsOf(new GraphIndex(this.steered.source.modelTopology.node), this.before);
  }

  /**
   * The weights of the graph before the output, which no adapter changes: what the fingerprint of a base network is
   * taken of.
   */
  get frozenWeights(): ReadonlyMap<string, Tensor> {
    return new Map(
      Object.entries(this.steered.weights).flatMap(([name, tensors]) =>
        this.before.has(name) ? tensors.map((t, i) => [`${name}:${i}`, t] as const) : [],
      ),
    );
  }

  /** The name of the node whose values the layer gives. */
  get outputNode(): string {
    return this.args.output;
  }

  override getConfig(): serialization.ConfigDict {
    const { graph, output, outputShape } = this.args;
    return { ...super.getConfig(), graph, output, outputShape };
  }

  protected override disposeWeights(): number {
    const isShared = [...this.activations].every(([node, unit]) => unit === this.steered.activations.get(node));
    const own = isShared ? [] : [...this.activations.values()];
    const disposed = own.map((unit) => unit.dispose().numDisposedVariables);
    const normalizations = [...this.normalizations].filter(
      ([node, one]) => one !== this.steered.normalizations.get(node),
    );
    normalizations.forEach(([, one]) => one.dispose());
    this.steered.release();
    return disposed.reduce((a, b) => a + b, 2 * normalizations.length);
  }

  private get statistics(): LayerVariable[] {
    return [...(this.normalizations ?? [])].flatMap(([, { weights }]) => weights);
  }

  private all(weights: (unit: CTActivation) => LayerVariable[]): LayerVariable[] {
    return [...(this.activations ?? [])].flatMap(([, unit]) => weights(unit));
  }
}

serialization.registerClass(GraphFeatures);
acrossCopies(GraphFeatures, 'GraphFeatures');
registerUnitHolder(GraphFeatures);
