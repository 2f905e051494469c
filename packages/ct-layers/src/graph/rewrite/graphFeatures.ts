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
import type { UnitHolder } from '../../unit/unitHolder.js';
import { registerUnitHolder } from '../../unit/unitHolder.js';
import { copyUnit } from './buildUnit.js';
import { dataInputs, GraphIndex, nodeName } from '../read/graphDef.js';
import type { Sizes } from '../read/fact.js';
import { GraphFacts, merged } from '../read/graphFacts.js';
import { dynamicNodes, runOnZeros } from '../read/graphShapes.js';
import { GraphWeights } from '../read/graphWeights.js';
import type { SteerableGraphModel, SteeredGraph } from './steeredGraph.js';
import { graphOf, steeredGraph, steeredSchema } from './steeredGraph.js';

/** What `graphFeatures` takes. */
export interface GraphFeaturesOptions {
  /**
   * Name of the node whose output to compute. Default: what goes into the MatMul nearest to the model's output, else
   * the model's first output.
   */
  output?: string | undefined;
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
  options: optionsOf<GraphFeaturesOptions>({ output: filledText, name: filledText }),
};

const id = whole({ min: 0 });
const unit: Schema<CTActivation> = matching((value): value is CTActivation => value instanceof CTActivation, {
  expects: 'a CTActivation',
});

/** Of the class itself, which is made from the configurations of saved models, too. */
export const graphFeaturesLayerArguments: Entries<{
  options: GraphFeaturesArgs;
  shared: ReadonlyMap<string, CTActivation>;
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
  shared: optional(mapOf(unit, { expects: 'a Map of names and CT layers' })),
};

/**
 * A LayersModel whose one layer runs a steered graph up to one of its nodes.
 *
 *     const steered = await replaceGraphActivations(url, { trainable: true, sharing: 'channel' });
 *     const features = graphFeatures(steered);
 *     const { name } = features.layers.at(-1)!;
 *     const { classifier } = await linearProbe(features, train, validation, { features: name });
 *
 * Inputs and output as the graph has them, batch axis first. The layer's weights are those of the steered model's CT
 * layers, the same variables: `steered.setBeta` acts on the features, and training them on the steered model. Copies of
 * the LayersModel, such as `linearProbe` makes, have CT layers of their own. The graph's filters are no weights of the
 * layer: they cannot be trained, and no gradient is computed for them. A graph stays in memory until the steered model
 * and all LayersModels made from it are disposed of.
 *
 * @throws Error when there is no such node, or when an input of the graph has no rank or the node needs control flow,
 *   which tfjs runs asynchronously alone.
 */
export function graphFeatures(steered: SteerableGraphModel, options: GraphFeaturesOptions = {}): LayersModel {
  check('graphFeatures', graphFeaturesArguments, { steered, options });
  const graph = steeredGraph('graphFeatures', steered);
  const index = new GraphIndex(graph.source.modelTopology.node);
  if (graph.inputs.length === 0 || graph.outputs.length === 0)
    throw new Error('graphFeatures: the graph has no inputs or no outputs; pass a model that computes something');
  const output = options.output ?? featureNode(graph, index);
  if (!index.nodes.has(nodeName(output)))
    throw new Error(
      `graphFeatures: no node "${output}" in the graph; name one of its ${index.nodes.size} nodes, such as ` +
        `"${featureNode(graph, index)}"`,
    );
  const outputShape = shapeAt(graph, index, output);
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
  const layer = new GraphFeatures(args, steered.activations);
  return functional({ inputs, outputs: layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as SymbolicTensor });
}

/**
 * The shape of a value, null for open sizes: of a run on zeros, or by the graph's facts where no size that was tried
 * fits.
 */
function shapeAt(graph: SteeredGraph, index: GraphIndex, output: string): Shape {
  const { weightSpecs, weightData } = graph.source;
  const fact = new GraphFacts(index, new GraphWeights('graphFeatures', weightSpecs, weightData)).of(output).shape;
  let shape: Sizes | undefined;
  try {
    shape = merged(fact, runOnZeros(graph, [output]).get(output)!.shape);
  } catch (error) {
    const isOpen = graph.inputs.some((given) => given.shape?.slice(1).some((size) => !(size >= 0)));
    if (!isOpen || fact === undefined || fact.at(-1) === null || dynamicNodes(index).has(nodeName(output))) {
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

/**
 * The layer of `graphFeatures`. Its graph lives in this process: a saved model that holds one can be loaded only here.
 */
export class GraphFeatures extends layers.Layer implements UnitHolder {
  /** @nocollapse */
  static readonly className: string = 'GraphFeatures';
  /** Copies need not be compared with the original. */
  static readonly configIsComplete: boolean = true;
  /** The CT layers by the name of their node, in the order of the sites. */
  readonly activations: ReadonlyMap<string, CTActivation>;
  /** The graph that this layer runs. */
  readonly graph: { readonly source: { readonly modelTopology: object } };
  private readonly steered: SteeredGraph;
  private readonly args: GraphFeaturesArgs;

  /** @param shared The CT layers to use; without them the layer makes copies of the graph's own. */
  constructor(args: GraphFeaturesArgs, shared?: ReadonlyMap<string, CTActivation>) {
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
    this.activations = shared ?? new Map([...graph.activations].map(([node, unit]) => [node, copyUnit(node, unit)]));
    graph.retain();
  }

  override build(): void {
    this.built = true;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const tensors = Array.isArray(inputs) ? inputs : [inputs];
    const named: NamedTensorMap = Object.fromEntries(this.steered.inputs.map(({ name }, i) => [name, tensors[i]!]));
    return this.steered.executeWith([...this.activations.values()], named, this.args.output);
  }

  override computeOutputShape(): Shape {
    return this.args.outputShape;
  }

  /**
   * Numbers in the largest activation of the graph, for inputs of these shapes: what evaluation batches are sized by.
   */
  largestActivation(inputs: readonly Shape[]): number {
    return this.steered.largestActivation(inputs, this.args.output);
  }

  override get trainableWeights(): LayerVariable[] {
    // Layer's constructor comes here before there are any.
    return this.trainable ? this.all((unit) => unit.trainableWeights) : [];
  }

  override get nonTrainableWeights(): LayerVariable[] {
    return this.trainable ? this.all((unit) => unit.nonTrainableWeights) : this.all((unit) => unit.weights);
  }

  /** In the order of the sites, whatever is trainable: copies take their values by position. */
  override get weights(): LayerVariable[] {
    return this.all((unit) => unit.weights);
  }

  /** The graph's own weights, which no adapter changes: what the fingerprint of a base network is taken of. */
  get frozenWeights(): ReadonlyMap<string, Tensor> {
    return new Map(
      Object.entries(this.steered.weights).flatMap(([name, tensors]) =>
        tensors.map((t, i) => [`${name}:${i}`, t] as const),
      ),
    );
  }

  override getConfig(): serialization.ConfigDict {
    const { graph, output, outputShape } = this.args;
    return { ...super.getConfig(), graph, output, outputShape };
  }

  protected override disposeWeights(): number {
    const isShared = [...this.activations].every(([node, unit]) => unit === this.steered.activations.get(node));
    const own = isShared ? [] : [...this.activations.values()];
    const disposed = own.map((unit) => unit.dispose().numDisposedVariables);
    this.steered.release();
    return disposed.reduce((a, b) => a + b, 0);
  }

  private all(weights: (unit: CTActivation) => LayerVariable[]): LayerVariable[] {
    return [...(this.activations ?? [])].flatMap(([, unit]) => weights(unit));
  }
}

serialization.registerClass(GraphFeatures);
acrossCopies(GraphFeatures, 'GraphFeatures');
registerUnitHolder(GraphFeatures);

/** What goes into the MatMul nearest to the output, else the output. */
function featureNode(graph: SteeredGraph, index: GraphIndex): string {
  const output = graph.outputs[0]!.name;
  const queue = new Set([output]);
  // A set is walked through as it grows.
  for (const name of queue) {
    const node = index.nodes.get(name);
    if (node === undefined) continue;
    const inputs = dataInputs(node);
    if ((node.op === 'MatMul' || node.op === '_FusedMatMul') && inputs.length > 0) return inputs[0]!;
    inputs.forEach((input) => queue.add(nodeName(input)));
  }
  return output;
}
