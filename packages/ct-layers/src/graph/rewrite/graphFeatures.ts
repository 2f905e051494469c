/**
 * A steered GraphModel as a layer: what makes probe, steer and tune, which work on LayersModels, work on graphs too.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, filledText, oneOf, options as optionsOf } from '@curvature-tuning/checks';
import type { LayersModel, Shape, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { input, layers, model as functional } from '@tensorflow/tfjs-layers';
import type { Sizes } from '../read/fact.js';
import { GraphIndex, nodeName } from '../read/graphDef.js';
import { GraphFacts, merged } from '../read/graphFacts.js';
import { dynamicNodes, runOnZeros } from '../read/graphShapes.js';
import { GraphWeights } from '../read/graphWeights.js';
import type { GraphView, Pooling } from './featureNodes.js';
import { ancestors, constantNodes, featureNodes, isPoolable, mapBefore } from './featureNodes.js';
import type { GraphFeaturesArgs } from './graphFeaturesLayer.js';
import { GraphFeatures } from './graphFeaturesLayer.js';
import type { SteerableGraphModel, SteeredGraph } from './steeredGraph.js';
import { steeredGraph, steeredSchema } from './steeredGraph.js';

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

export const graphFeaturesArguments: Entries<{ steered: SteerableGraphModel; options: GraphFeaturesOptions }> = {
  steered: steeredSchema,
  options: optionsOf<GraphFeaturesOptions>({
    output: filledText,
    pooling: oneOf('avg', 'max', 'none'),
    name: filledText,
  }),
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
