/**
 * The layer that runs a steered graph up to one of its nodes: what `graphFeatures` makes a model of.
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
  whole,
} from '@curvature-tuning/checks';
import type { NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { serialization } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';
import { acrossCopies } from '../../host/copies.js';
import { CTActivation } from '../../unit/ctActivation.js';
import { HeldNormalization } from '../../unit/heldNormalization.js';
import type { UnitHolder } from '../../unit/unitHolder.js';
import { registerUnitHolder } from '../../unit/unitHolder.js';
import { GraphIndex } from '../read/graphDef.js';
import { copyUnit } from './buildUnit.js';
import { ancestors } from './featureNodes.js';
import { convolutionsOf } from './graphNormalizations.js';
import type { SteeredGraph } from './steeredGraph.js';
import { graphOf } from './steeredGraph.js';

/** The configuration of a `GraphFeatures` layer. */
export interface GraphFeaturesArgs {
  name?: string | undefined;
  trainable?: boolean | undefined;
  graph: number;
  output: string;
  /** Shape of the output, batch axis first. */
  outputShape: Shape;
}

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
