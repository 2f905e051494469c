/**
 * Statistics of batch normalisation, written into the weights of a graph.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import type { HeldNormalization } from '../../unit/heldNormalization.js';
import type { GraphIndex, GraphNode } from '../read/graphDef.js';
import { nodeName } from '../read/graphDef.js';
import { statisticsInputs } from '../rewrite/graphNormalizations.js';
import type { GraphConstants } from '../rewrite/graphConstants.js';
import type { FoldedWeights } from './foldAffine.js';

/**
 * Writes the statistics as they are now where the graph keeps them, and as constants beside where other nodes read the
 * same weights or the weights are quantised.
 *
 * @param given The weights as the graph was loaded with them; those that did not change stay as they came.
 * @returns The nodes that take others for their statistics now, by name.
 */
export async function bakedStatistics(
  normalizations: Iterable<HeldNormalization>,
  given: Readonly<Record<string, readonly Tensor[]>>,
  { index, weights, constants }: { index: GraphIndex; weights: FoldedWeights; constants: GraphConstants },
): Promise<Map<string, GraphNode>> {
  const changed = new Map<string, GraphNode>();
  for (const { node: name, weights: own } of normalizations) {
    const node = changed.get(name) ?? index.nodes.get(name)!;
    const input = [...node.input!];
    for (const [i, from] of statisticsInputs(node).entries()) {
      const [before, values] = await Promise.all(
        [given[nodeName(from)]![0]!, own[i]!.read()].map(async (value) => Float32Array.from(await value.data())),
      );
      if (values!.every((value, k) => Object.is(value, before![k])) || weights.set(from, values!)) continue;
      input[3 + i] = constants.add(values!, [values!.length]);
      // Without a signature, tfjs takes constants that nobody reads for outputs.
      input.push(`^${nodeName(from)}`);
      changed.set(name, { ...node, input });
    }
  }
  return changed;
}
