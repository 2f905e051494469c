/**
 * Calibration of a whole steered graph, heads and all: `calibrateGraph`.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check } from '@curvature-tuning/checks';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { CalibrateOptions, Unlabelled } from '../../calibrate/calibrate.js';
import { calibrateModels, calibrateOptions, foldedAway, unlabelled } from '../../calibrate/calibrate.js';
import { rethrow } from '../../host/rethrow.js';
import type { CTActivation } from '../../unit/ctActivation.js';
import { GraphIndex } from '../read/graphDef.js';
import { copyUnit } from './buildUnit.js';
import { ancestors } from './featureNodes.js';
import { graphFeatures } from './graphFeatures.js';
import { convolutionsOf } from './graphNormalizations.js';
import type { SteerableGraphModel } from './steeredGraph.js';
import { steerable, steeredGraph, steeredSchema } from './steeredGraph.js';

/** What `calibrateGraph` gives: a steered graph like the one that was given, of its own. */
export interface CalibratedGraph extends SteerableGraphModel {
  /** Names of the nodes whose statistics were estimated. */
  layers: string[];
}

export const calibrateGraphArguments: Entries<{
  steered: SteerableGraphModel;
  images: Unlabelled;
  options: CalibrateOptions;
}> = { steered: steeredSchema, images: unlabelled, options: calibrateOptions };

/**
 * Re-estimates the statistics of batch normalisation in a graph from unlabelled images, as `calibrate` does of a
 * LayersModel.
 *
 *     const steered = await replaceGraphActivations(url, { beta: 0.7 });
 *     const calibrated = await calibrateGraph(steered, images);
 *     await bake(calibrated, 'downloads://network-at-0.7');
 *
 * Calibrated are the nodes `FusedBatchNorm` (V2, V3) that a converter left, channels last, with constants for their
 * statistics. Those that it folded into convolutions are gone: an error says so where no other is left. The result has
 * weights of its own, as a graph that is loaded twice; the given one stays as it is.
 *
 * @throws Error when the graph has no such node, or takes several inputs. Source: as `calibrate`.
 */
export async function calibrateGraph(
  steered: SteerableGraphModel,
  images: Unlabelled,
  options: CalibrateOptions = {},
): Promise<CalibratedGraph> {
  check('calibrateGraph', calibrateGraphArguments, { steered, images, options });
  const graph = steeredGraph('calibrateGraph', steered);
  const index = new GraphIndex(graph.source.modelTopology.node);
  const layers = [...graph.normalizations.keys()];
  if (layers.length === 0) {
    const convolutions = convolutionsOf(index, new Set(index.nodes.keys()));
    throw new Error(`calibrateGraph: ${foldedAway('the graph', convolutions)}`);
  }
  const units = new Map<string, CTActivation>();
  const models: LayersModel[] = [];
  let copy: CalibratedGraph | undefined;
  try {
    for (const [node, unit] of graph.activations) units.set(node, copyUnit(node, unit));
    copy = { ...steerable(graph.copy(units), steered), layers };
    // Every normalisation is one of these, or lies before one.
    for (const output of lastOf(index, layers)) models.push(graphFeatures(copy, { output }));
    await calibrateModels('calibrateGraph', models, images, options);
    models.forEach((model) => model.dispose());
    return copy;
  } catch (error) {
    return rethrow(error, ...models.map((model) => () => void model.dispose()), () =>
      copy === undefined ? units.forEach((unit) => unit.dispose()) : copy.model.dispose(),
    );
  }
}

/** Those of some nodes that no other of them is computed from. */
function lastOf(index: GraphIndex, nodes: readonly string[]): string[] {
  const inner = new Set(nodes.flatMap((node) => [...ancestors(index, node)].filter((name) => name !== node)));
  return nodes.filter((node) => !inner.has(node));
}
