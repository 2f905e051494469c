/**
 * Writes a steered graph as a GraphModel of stock ops, which plain tfjs loads.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  anyOf,
  check,
  filledText,
  fits,
  flag,
  matching,
  optional,
  options as optionsOf,
  real,
  withExpectation,
} from '@curvature-tuning/checks';
import type { ClassifierMeta, OutputKind } from '@curvature-tuning/data';
import { io } from '@tensorflow/tfjs-core';
import type { layers, LayersModel } from '@tensorflow/tfjs-layers';
import type { CTActivation } from '../../unit/ctActivation.js';
import type { HeldNormalization } from '../../unit/heldNormalization.js';
import { metaOf } from '../../model/classifier/meta.js';
import { outputKind } from '../../model/classifier/outputKind.js';
import { modelsIn } from '../../model/modelConfig.js';
import { kindAndCure, layersModel } from '../../model/modelKind.js';
import type { LayersBehind } from './bakedLayers.js';
import { LayerNodes, layersBehind } from './bakedLayers.js';
import { upTo } from './upTo.js';
import { bakedUnit } from './bakedUnit.js';
import type { UnitValues } from './unitValues.js';
import { readUnit } from './unitValues.js';
import { layersGraph } from './layersGraph.js';
import { bakedStatistics } from './bakedStatistics.js';
import { FoldedWeights } from './foldAffine.js';
import { GraphConstants } from '../rewrite/graphConstants.js';
import { GraphIndex, nodeName } from '../read/graphDef.js';
import type { GraphSite } from '../rewrite/graphSites.js';
import { GraphFeatures } from '../rewrite/graphFeaturesLayer.js';
import { GraphWeights } from '../read/graphWeights.js';
import { recogniseNode } from '../rewrite/recogniseNode.js';
import type { SteerableGraphModel } from '../rewrite/steeredGraph.js';
import { rewriteNodes } from '../rewrite/rewriteGraph.js';
import type { SteeredGraph } from '../rewrite/steeredGraph.js';
import { graphOf, steeredGraph, steeredSchema } from '../rewrite/steeredGraph.js';
import { outputNames, withNodes, zeroConstants } from '../rewrite/withNodes.js';

const saver: Schema<io.IOHandler> = matching(
  (value): value is io.IOHandler => typeof (value as Partial<io.IOHandler> | null)?.save === 'function',
  { expects: 'an IO handler with save()' },
);
const bakeable = anyOf<readonly [Schema<SteerableGraphModel>, Schema<LayersModel>]>(steeredSchema, layersModel);

/** What is written, and where to. */
export interface BakeOptions {
  /** Where to save: a URL-like string or an IO handler. Default: nowhere. */
  target?: string | io.IOHandler | undefined;
  /** Whether a softmax makes probabilities of a classifier's logits. Default false. */
  softmax?: boolean | undefined;
  /**
   * How far the value of a unit may be off, at least 0. Units become piecewise linear where that is near enough, or
   * piecewise polynomials: few nodes, none transcendental. At beta = 0.9 and c = 1/2 lines, of four nodes, are off by
   * 0.0082, polynomials, of 10 to 14, by at most 0.0039; both by about (1 − beta)/beta as much elsewhere. A unit for
   * which nothing is near enough stays exact. Default 0.
   */
  tolerance?: number | undefined;
}

const targetSchema = anyOf<readonly [Schema<string>, Schema<io.IOHandler>]>(filledText, saver);

export const bakeArguments: Entries<{
  steered: SteerableGraphModel | LayersModel;
  target: string | io.IOHandler | BakeOptions;
}> = {
  steered: withExpectation(bakeable, {
    expects: 'what replaceGraphActivations returned, or a LayersModel',
    got: kindAndCure,
  }),
  target: optional(
    anyOf<readonly [Schema<string>, Schema<io.IOHandler>, Schema<BakeOptions>]>(
      filledText,
      saver,
      optionsOf<BakeOptions>({ target: targetSchema, softmax: flag, tolerance: real({ min: 0 }) }),
    ),
  ),
};

/**
 * Returns a GraphModel with the curvature that a steered one has now, in stock TensorFlow ops.
 *
 *     await bake(steered, 'downloads://mobilenet-steered'); // later, anywhere: tf.loadGraphModel(...)
 *     await bake(classifier, { target: 'downloads://my-classes', softmax: true }); // of linearProbe, steer or tune
 *     await bake(steered, { tolerance: 0.01 }); // a third of the time, units that are off by 0.01 at most
 *
 * Each unit becomes a few nodes with beta, c and slopes as constants, equal ones stored once; fused nodes stay fused
 * up to their bias; a unit's scale and shift go into the weights before them where those are float32, have a bias and
 * serve nothing else, and become nodes otherwise. Statistics of batch normalisation are written as they are now. All
 * other weights are written as they came, quantised or not. Outputs equal the steered model's to 1e-6 of the largest,
 * unless a `tolerance` allows units to be off by as much.
 *
 * @param steered What `replaceGraphActivations` returned: the whole graph is written. Or a LayersModel of
 *   `graphFeatures`, such as `tune` makes: what it computes is written, the graph up to the features and the layers
 *   behind, a new head among them, and nothing else of the graph. Or any other LayersModel, of `replaceActivations` or
 *   `tune`, if its layers are those of image networks: normalisation goes into the convolutions before it, and outputs
 *   equal the model's to 5e-5 of the largest.
 * @param target Where to save, a URL-like string or an IO handler; or the options.
 * @returns The artifacts, for `tf.io.fromMemory` among others.
 * @throws Error when a model has layers that are no nodes, by their names, when there are no logits to take the softmax
 *   of, or when nothing can save to the target.
 */
export async function bake(
  steered: SteerableGraphModel | LayersModel,
  target: string | io.IOHandler | BakeOptions = {},
): Promise<io.ModelArtifacts> {
  check('bake', bakeArguments, { steered, target });
  const given: BakeOptions = typeof target === 'string' || fits(saver, target) ? { target } : target;
  const handler = given.target === undefined ? undefined : saverOf(given.target);
  if (fits(layersModel, steered) && !modelsIn(steered).some(({ layers }) => layers.some(isGraph))) {
    const { softmax = false, tolerance = 0 } = given;
    const artifacts = await layersGraph(steered, { softmax, tolerance });
    await handler?.save!(artifacts);
    return artifacts;
  }
  const { graph, activations, normalizations, behind } = fits(layersModel, steered)
    ? featuresOf(steered)
    : ofSteered(steered);
  const { source } = graph;
  const index = new GraphIndex(source.modelTopology.node);
  const outputs = behind === undefined ? outputNames(source) : new Set([nodeName(behind.output)]);
  const sites = source.modelTopology.node
    .filter(({ name }) => activations.has(name))
    .map((node) => ({ node, ...recogniseNode(node, index)! }) as GraphSite);
  const weights = new GraphWeights('bake', source.weightSpecs, source.weightData);
  const folded = new FoldedWeights(source, weights, index, outputs);
  const values = new Map<GraphSite, UnitValues>();
  for (const site of sites) {
    const { affine, ...read } = await readUnit(activations.get(site.node.name)!);
    const isFolded = affine !== undefined && site.kind !== 'silu' && folded.fold(site.node, affine.scale, affine.shift);
    values.set(site, affine === undefined || isFolded ? read : { ...read, affine });
  }
  const names = new Set(index.nodes.keys());
  const constants = new GraphConstants(names);
  const statistics = await bakedStatistics(normalizations.values(), graph.weights, {
    index,
    weights: folded,
    constants,
  });
  const head = new LayerNodes(
    constants,
    names,
    'behind a graph Dense, Flatten, global pooling, Dropout, softmax and other activations can; bake the graph ' +
      'without it by passing what replaceGraphActivations returned',
  );
  let end = behind?.output ?? '';
  for (const layer of behind?.layers ?? []) end = await head.add(layer, end);
  const kind = behind?.kind;
  if (given.softmax === true) {
    if (kind !== 'logits')
      throw new RangeError(
        `bake: softmax needs a classifier whose output is logits of several classes, got ` +
          `${kind ?? 'a model that is no classifier with a new head'}; leave {softmax} out`,
      );
    end = head.op('Softmax', 'probabilities', [end]);
  }
  const unitNodes = rewriteNodes({
    index,
    sites,
    constants,
    outputs,
    names,
    fused: 'stock',
    isZero: zeroConstants(weights),
    unit: (site, input) =>
      bakedUnit(site.node.name, input, values.get(site)!, { constants, names, tolerance: given.tolerance }),
  });
  const nodes = [...unitNodes.map((node) => statistics.get(node.name) ?? node), ...head.nodes];
  const artifacts = withNodes({ ...source, weightData: folded.data() }, nodes, constants);
  const output = given.softmax === true ? 'probabilities' : kind;
  const written =
    behind === undefined
      ? artifacts
      : upTo(artifacts, end, output ?? 'features', { ...behind.meta, ...(output && { output }) });
  // One buffer: not every handler takes a list.
  const baked = { ...written, weightData: io.CompositeArrayBuffer.join(written.weightData) };
  await handler?.save!(baked);
  return baked;
}

function isGraph(layer: layers.Layer): boolean {
  return layer instanceof GraphFeatures;
}

function saverOf(target: string | io.IOHandler): io.IOHandler {
  const handlers = typeof target === 'string' ? io.getSaveHandlers(target) : [target];
  if (handlers.length !== 1)
    throw new Error(
      `bake: ${handlers.length} IO handlers can save to "${target as string}", expected one; pass an IO handler`,
    );
  return handlers[0]!;
}

/** What is written: a graph with its units, and, of a LayersModel, the node that it ends at and the layers behind. */
interface Written {
  graph: SteeredGraph;
  activations: ReadonlyMap<string, CTActivation>;
  normalizations: ReadonlyMap<string, HeldNormalization>;
  behind?: { output: string; layers: LayersBehind['layers']; kind: OutputKind | undefined; meta: ClassifierMeta };
}

function ofSteered(steered: SteerableGraphModel): Written {
  const graph = steeredGraph('bake', steered);
  return { graph, activations: steered.activations, normalizations: graph.normalizations };
}

function featuresOf(model: LayersModel): Written {
  const { graph: layer, layers } = layersBehind(model);
  const { graph, output } = layer.getConfig() as { graph: number; output: string };
  const isClassifier = layers.some((behind) => behind.getClassName() === 'Dense');
  return {
    graph: graphOf(graph)!,
    activations: layer.activations,
    normalizations: layer.normalizations,
    behind: { output, layers, kind: isClassifier ? outputKind(model) : undefined, meta: metaOf('bake', model) },
  };
}
