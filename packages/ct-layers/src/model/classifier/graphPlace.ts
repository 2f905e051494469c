/**
 * Where in a graph the features of a model are.
 */
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { asUnitHolder } from '../../unit/unitHolder.js';
import { callsTo } from '../modelConfig.js';

/** A node of a graph, and how its values are pooled: the options of `graphFeatures`. */
export interface GraphPlace {
  output: string;
  pooling: 'avg' | 'max' | 'none';
}

/** The place of a model's features in the graph that it runs; undefined of a model that runs none. */
export function graphPlaceOf(model: LayersModel): GraphPlace | undefined {
  const calls = callsTo(model.outputs);
  const at = calls.findIndex(({ outboundLayer }) => asUnitHolder(outboundLayer) !== undefined);
  if (at === -1) return undefined;
  const next = calls[at + 1]?.outboundLayer.getClassName() ?? '';
  return {
    output: asUnitHolder(calls[at]!.outboundLayer)!.outputNode,
    pooling: next.startsWith('GlobalAverage') ? 'avg' : next.startsWith('GlobalMax') ? 'max' : 'none',
  };
}
