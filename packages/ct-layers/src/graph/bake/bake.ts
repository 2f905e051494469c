/**
 * Writes a steered graph as a GraphModel of stock ops, which plain tfjs loads.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { anyOf, check, filledText, fits, matching, optional, withExpectation } from '@curvature-tuning/checks';
import { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { CTActivation } from '../../unit/ctActivation.js';
import { kindAndCure, layersModel } from '../../model/modelKind.js';
import type { UnitValues } from './bakedUnit.js';
import { bakedUnit, readUnit } from './bakedUnit.js';
import { FoldedWeights } from './foldAffine.js';
import { GraphConstants } from '../rewrite/graphConstants.js';
import { GraphIndex } from '../read/graphDef.js';
import { GraphFeatures } from '../rewrite/graphFeatures.js';
import type { GraphSite } from '../rewrite/graphSites.js';
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

export const bakeArguments: Entries<{ steered: SteerableGraphModel | LayersModel; target: string | io.IOHandler }> = {
  steered: withExpectation(bakeable, {
    expects: 'what replaceGraphActivations returned, or a LayersModel of graphFeatures',
    got: kindAndCure,
  }),
  target: optional(anyOf<readonly [Schema<string>, Schema<io.IOHandler>]>(filledText, saver)),
};

/**
 * Returns a GraphModel with the curvature that a steered one has now, in stock TensorFlow ops.
 *
 *     await bake(steered, 'downloads://mobilenet-steered'); // later, anywhere: tf.loadGraphModel(...)
 *
 * Each unit becomes a few nodes with beta, c and slopes as constants, equal ones stored once; fused nodes stay fused up
 * to their bias; a unit's scale and shift go into the weights before them where those are float32, have a bias and
 * serve nothing else, and become nodes otherwise. All other weights are written as they came, quantised or not. Outputs
 * equal the steered model's to 1e-6 of the largest.
 *
 * @param steered What `replaceGraphActivations` returned, or a LayersModel with a `GraphFeatures` layer, such as `tune`
 *   makes from `graphFeatures`: the whole graph is written, with the curvature that the layer has. A head that lies
 *   behind the layer is no part of the graph.
 * @param target Where to save: a URL-like string or an IO handler. Default: nowhere.
 * @returns The artifacts, for `tf.io.fromMemory` among others.
 * @throws Error when a model has no GraphFeatures layer or several, or when nothing can save to the target.
 */
export async function bake(
  steered: SteerableGraphModel | LayersModel,
  target?: string | io.IOHandler,
): Promise<io.ModelArtifacts> {
  check('bake', bakeArguments, { steered, target });
  const handler = target === undefined ? undefined : saverOf(target);
  const { graph, activations } = fits(layersModel, steered) ? featuresOf(steered) : ofSteered(steered);
  const { source } = graph;
  const index = new GraphIndex(source.modelTopology.node);
  const sites = source.modelTopology.node
    .filter(({ name }) => activations.has(name))
    .map((node) => ({ node, ...recogniseNode(node, index)! }) as GraphSite);
  const weights = new GraphWeights('bake', source.weightSpecs, source.weightData);
  const folded = new FoldedWeights(source, weights, index, outputNames(source));
  const values = new Map<GraphSite, UnitValues>();
  for (const site of sites) {
    const { affine, ...read } = await readUnit(activations.get(site.node.name)!);
    const isFolded = affine !== undefined && site.kind !== 'silu' && folded.fold(site.node, affine.scale, affine.shift);
    values.set(site, affine === undefined || isFolded ? read : { ...read, affine });
  }
  const names = new Set(index.nodes.keys());
  const constants = new GraphConstants(names);
  const nodes = rewriteNodes({
    index,
    sites,
    constants,
    outputs: outputNames(source),
    names,
    keepFused: true,
    isZero: zeroConstants(weights),
    unit: (site, input) => bakedUnit(site.node.name, input, values.get(site)!, constants, names),
  });
  const artifacts = withNodes({ ...source, weightData: folded.data() }, nodes, constants);
  // One buffer: not every handler takes a list.
  const baked = { ...artifacts, weightData: io.CompositeArrayBuffer.join(artifacts.weightData) };
  await handler?.save!(baked);
  return baked;
}

function saverOf(target: string | io.IOHandler): io.IOHandler {
  const handlers = typeof target === 'string' ? io.getSaveHandlers(target) : [target];
  if (handlers.length !== 1)
    throw new Error(
      `bake: ${handlers.length} IO handlers can save to "${target as string}", expected one; pass an IO handler`,
    );
  return handlers[0]!;
}

function ofSteered(steered: SteerableGraphModel): {
  graph: SteeredGraph;
  activations: ReadonlyMap<string, CTActivation>;
} {
  return { graph: steeredGraph('bake', steered), activations: steered.activations };
}

function featuresOf(model: LayersModel): { graph: SteeredGraph; activations: ReadonlyMap<string, CTActivation> } {
  const found = model.layers.filter((layer) => layer instanceof GraphFeatures);
  if (found.length !== 1)
    throw new Error(
      `bake: expected a model with one GraphFeatures layer, "${model.name}" has ${found.length}; pass what ` +
        'replaceGraphActivations returned',
    );
  const [layer] = found;
  return { graph: graphOf(layer!.getConfig()['graph'] as number)!, activations: layer!.activations };
}
