/**
 * A GraphModel in which nodes of the op `CurvatureTuning` call CTActivation layers.
 *
 * tfjs' registry of graph ops is global, so one op serves all models: its attributes say which graph, and which of the
 * graph's layers. A graph lives until the caller and everything built on it have let go of it.
 */
import type { Schema } from '@curvature-tuning/checks';
import { matching } from '@curvature-tuning/checks';
import type { DataType, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { dispose, io, tidy, zeros } from '@tensorflow/tfjs-core';
import type { GraphNode as ExecutedNode } from '@tensorflow/tfjs-converter';
import { GraphModel, registerOp } from '@tensorflow/tfjs-converter';
import { acrossCopies, shared } from '../../host/copies.js';
import type { ActivationSite } from '../../unit/activationSite.js';
import type { CTActivation } from '../../unit/ctActivation.js';
import type { HeldNormalization } from '../../unit/heldNormalization.js';
import { modelKind } from '../../model/modelKind.js';
import type { GraphNode } from '../read/graphDef.js';
import { dataInputs, GraphIndex, nodeName } from '../read/graphDef.js';
import { GraphFacts } from '../read/graphFacts.js';
import type { GraphArtifacts } from '../read/graphSource.js';
import { GraphWeights } from '../read/graphWeights.js';
import { fill } from '../read/loadGraph.js';
import { registerGraphConvolution } from './graphConvolution.js';
import { epsilonOf, heldNormalizations, normalizationNodes } from './graphNormalizations.js';

/** A GraphModel whose activations have a curvature. */
export interface SteerableGraphModel {
  /** The new model; the caller disposes of it, and its CT layers with it. */
  model: GraphModel;
  /** The replaced activations, in the order of the graph's nodes; `layer` and `source` are the node's name. */
  sites: ActivationSite[];
  /** Names of the old model's nodes -> the new nodes whose output stands for theirs; each keeps its name. */
  names: ReadonlyMap<string, string>;
  /** The CT layers by the sites' `layer`. */
  activations: ReadonlyMap<string, CTActivation>;
  /** Activations that were not replaced, as `name (what)`; those of library functions as `function/name (what)`. */
  leftAlone: readonly string[];
  /** Sets the curvature of all sites, in [0, 1]; the next call of the model uses it. */
  setBeta: (beta: number) => void;
  /** Sets the mixing coefficient of all sites, in [0, 1]. */
  setCoeff: (coeff: number) => void;
}

const OP = 'CurvatureTuning';
const NORMALIZATION = 'CurvatureTuningNormalization';

const graphs = shared('graphs', () => new Map<number, SteeredGraph>());
const made = shared('graphsMade', () => ({ count: 0 }));

/** A GraphModel with curvature. `dispose` frees its layers too. */
export class SteeredGraph extends GraphModel<io.IOHandler> {
  /** Names this graph within the process. */
  readonly id: number;
  /** The CT layers by the name of their node, in the order of the sites. */
  readonly activations: ReadonlyMap<string, CTActivation>;
  /** The batch normalisations by the name of their node, in the order of the nodes. */
  readonly normalizations: ReadonlyMap<string, HeldNormalization>;
  /** What the model was made from. */
  readonly source: GraphArtifacts;
  /** The same with nodes of our ops, which name the graph. */
  private readonly steered: GraphArtifacts;
  private active: Held;
  private largest = 0;
  private readonly largestFor = new Map<string, number>();
  private users = 1;
  private isOpen = true;

  constructor(
    id: number,
    source: GraphArtifacts,
    steered: GraphArtifacts,
    activations: ReadonlyMap<string, CTActivation>,
  ) {
    super(io.fromMemory(steered));
    this.id = id;
    this.source = source;
    this.steered = steered;
    this.activations = activations;
    fill('replaceGraphActivations', this, steered);
    const weights = new GraphWeights('replaceGraphActivations', source.weightSpecs, source.weightData);
    this.normalizations = heldNormalizations(normalizationNodes(source.modelTopology, weights), this.weights);
    this.active = this.own;
  }

  /** What the nodes of this graph call by itself. */
  private get own(): Held {
    return { units: [...this.activations.values()], normalizations: [...this.normalizations.values()] };
  }

  /** Makes a graph. `steered` is given the number that the graph's nodes need, see `unitNode`. */
  static create(
    source: GraphArtifacts,
    steered: (id: number) => GraphArtifacts,
    activations: ReadonlyMap<string, CTActivation>,
  ): SteeredGraph {
    const id = made.count++;
    // Before loading: tfjs looks ops up when it parses a graph.
    registerOp(OP, callUnit);
    registerOp(NORMALIZATION, callNormalization);
    registerGraphConvolution();
    const graph = new SteeredGraph(id, source, steered(id), activations);
    graphs.set(id, graph);
    return graph;
  }

  /** A graph of its own, with weights of its own, that calls other CT layers, of the same nodes. */
  copy(activations: ReadonlyMap<string, CTActivation>): SteeredGraph {
    const renumbered = (id: number): GraphArtifacts => ({
      ...this.steered,
      modelTopology: {
        ...this.steered.modelTopology,
        node: this.steered.modelTopology.node.map((node) =>
          node.op === OP || node.op === NORMALIZATION ? { ...node, attr: { ...node.attr, graph: { i: id } } } : node,
        ),
      },
    });
    const copy = SteeredGraph.create(this.source, renumbered, activations);
    for (const [node, { weights }] of this.normalizations)
      copy.normalizations.get(node)!.weights.forEach((weight, i) => weight.write(weights[i]!.read()));
    return copy;
  }

  /** Calls the layer that a node of this graph stands for. */
  callUnit(site: number, x: Tensor): Tensor {
    const unit = this.active.units[site]!;
    if (x.dtype !== 'float32')
      throw new TypeError(
        `CurvatureTuning: "${unit.name}" works on float32 values, got ${x.dtype}; exclude it from ` +
          'replaceGraphActivations',
      );
    this.largest = Math.max(this.largest, x.size);
    return unit.call(x);
  }

  /** Calls the batch normalisation that a node of this graph stands for. */
  callNormalization(place: number, [x, scale, offset]: readonly Tensor[], epsilon: number): Tensor {
    return this.active.normalizations[place]!.call(x!, scale!, offset!, epsilon);
  }

  /**
   * Numbers that go in and out of the largest of some nodes, for inputs of these shapes: by the graph's facts, and of
   * what curvature acts on by one run on zeros, for there are ops of which the facts know nothing.
   */
  largestNode(shapes: readonly (readonly (number | null)[])[], output: string, nodes: ReadonlySet<string>): number {
    const key = JSON.stringify([shapes, output]);
    const sizes = new Map(this.inputs.map(({ name }, i) => [name, shapes[i]!.map((size) => size ?? 1)]));
    if (!this.largestFor.has(key))
      this.largestFor.set(
        key,
        Math.max(2 * this.largestUnit(sizes, output), largestByFacts(this.source, sizes, nodes)),
      );
    return this.largestFor.get(key)!;
  }

  private largestUnit(sizes: ReadonlyMap<string, number[]>, output: string): number {
    this.largest = 0;
    tidy(() => {
      const inputs = Object.fromEntries(
        this.inputs.map(({ name, dtype }) => [name, zeros(sizes.get(name)!, dtype as DataType & 'float32')]),
      );
      // What a graph returns is no tidy's to free.
      dispose(this.execute(inputs, output));
    });
    return this.largest;
  }

  /** Executes the graph with others in place of its own CT layers and normalisations of the same nodes. */
  executeWith(
    units: ReadonlyMap<string, CTActivation>,
    normalizations: ReadonlyMap<string, HeldNormalization>,
    inputs: NamedTensorMap,
    output: string,
  ): Tensor {
    const before = this.active;
    this.active = {
      units: [...this.activations].map(([node, own]) => units.get(node) ?? own),
      normalizations: [...this.normalizations].map(([node, own]) => normalizations.get(node) ?? own),
    };
    try {
      return this.execute(inputs, output) as Tensor;
    } finally {
      this.active = before;
    }
  }

  /** Keeps the graph alive until `release`, beyond its disposal. */
  retain(): void {
    this.users++;
  }

  /** Undoes one `retain`. */
  release(): void {
    if (--this.users > 0) return;
    graphs.delete(this.id);
    super.dispose();
    this.activations.forEach((unit) => unit.dispose());
    this.normalizations.forEach((normalization) => normalization.dispose());
  }

  override dispose(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.release();
  }
}

acrossCopies(SteeredGraph, 'SteeredGraph');

/** A graph with what is known of it. */
export function steerable(
  model: SteeredGraph,
  { sites, names, leftAlone }: Pick<SteerableGraphModel, 'sites' | 'names' | 'leftAlone'>,
): SteerableGraphModel {
  const { activations } = model;
  const units = [...activations.values()];
  return {
    model,
    sites,
    names,
    activations,
    leftAlone,
    setBeta: (value) => units.forEach((unit) => unit.setBeta(value)),
    setCoeff: (value) => units.forEach((unit) => unit.setCoeff(value)),
  };
}

/** What nodes of a graph call, in the order of the nodes. */
interface Held {
  units: readonly CTActivation[];
  normalizations: readonly HeldNormalization[];
}

/** Numbers that go in and out of the largest of some nodes, as far as their shapes are known, weights left out. */
function largestByFacts(
  { modelTopology, weightSpecs, weightData }: GraphArtifacts,
  sizes: ReadonlyMap<string, readonly number[]>,
  nodes: ReadonlySet<string>,
): number {
  const index = new GraphIndex(modelTopology.node.map((node) => withSizes(node, sizes.get(node.name))));
  const weights = new GraphWeights('graphFeatures', weightSpecs, weightData);
  const facts = new GraphFacts(index, weights);
  const sizeOf = (value: string): number =>
    weights.specs.has(nodeName(value)) ? 0 : (facts.of(value).shape ?? []).reduce<number>((a, b) => a * (b ?? 1), 1);
  return [...index.nodes.values()].reduce(
    (most, node) =>
      nodes.has(node.name)
        ? Math.max(
            most,
            dataInputs(node).reduce((sum, value) => sum + sizeOf(value), sizeOf(node.name)),
          )
        : most,
    0,
  );
}

/** A placeholder of a known shape. */
function withSizes(node: GraphNode, sizes: readonly number[] | undefined): GraphNode {
  if (sizes === undefined) return node;
  return { ...node, attr: { ...node.attr, shape: { shape: { dim: sizes.map((size) => ({ size: String(size) })) } } } };
}

/** The living graph of a number. */
export function graphOf(id: number): SteeredGraph | undefined {
  return graphs.get(id);
}

/** What `replaceGraphActivations` returned. */
export const steeredSchema: Schema<SteerableGraphModel> = matching(isSteered, {
  expects: 'what replaceGraphActivations returned',
  got: (value) => {
    if (value instanceof SteeredGraph)
      return 'the model of what replaceGraphActivations returned; pass the whole of it';
    const { kind, what, cure } = modelKind(value);
    const repair =
      kind === 'layersModel' || kind === 'steeredLayers'
        ? 'a LayersModel has features as it is: pass it to linearProbe, steer or tune'
        : cure;
    return `${what}; ${repair}`;
  },
});

function isSteered(value: unknown): value is SteerableGraphModel {
  return modelKind(value).kind === 'steeredGraph' && (value as SteerableGraphModel).model instanceof SteeredGraph;
}

/**
 * The graph in what `replaceGraphActivations` returned.
 *
 * @throws Error when it was disposed of.
 */
export function steeredGraph(caller: string, { model }: SteerableGraphModel): SteeredGraph {
  const graph = model as SteeredGraph;
  if (graphOf(graph.id) !== graph)
    throw new Error(`${caller}: the steered graph was disposed of; make it again with replaceGraphActivations`);
  return graph;
}

/** The node that calls a graph's layer. */
export function unitNode(graph: number, site: number, name: string, input: string): GraphNode {
  return { name, op: OP, input: [input], attr: { graph: { i: graph }, site: { i: site }, T: { type: 'DT_FLOAT' } } };
}

/** The same nodes, those that are to be normalisations of a graph calling it. */
export function withNormalizations(
  graph: number,
  nodes: readonly GraphNode[],
  normalizations: readonly GraphNode[],
): GraphNode[] {
  const places = new Map(normalizations.map(({ name }, i) => [name, i]));
  return nodes.map((node) => {
    const place = places.get(node.name);
    if (place === undefined) return node;
    // With all inputs: without a signature, tfjs takes constants that nobody reads for outputs.
    const attr: GraphNode['attr'] = { graph: { i: graph }, place: { i: place }, epsilon: { f: epsilonOf(node) } };
    return { ...node, op: NORMALIZATION, attr: { ...attr, T: { type: 'DT_FLOAT' } } };
  });
}

function callUnit({ attrs, inputs }: ExecutedNode): Tensor {
  return calledGraph(attrs).callUnit(attrs['site'] as number, inputs[0]!);
}

function callNormalization({ attrs, inputs }: ExecutedNode): Tensor {
  return calledGraph(attrs).callNormalization(attrs['place'] as number, inputs, attrs['epsilon'] as number);
}

/** The living graph whose node is run. */
function calledGraph(attrs: ExecutedNode['attrs']): SteeredGraph {
  const graph = graphs.get(attrs['graph'] as number);
  if (graph === undefined)
    throw new Error(
      `CurvatureTuning: graph ${String(attrs['graph'])} is not in this process or was disposed of; make it ` +
        'again with replaceGraphActivations, or save it with bake',
    );
  return graph;
}
