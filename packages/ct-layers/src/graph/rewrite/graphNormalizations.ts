/**
 * The batch normalisations that a converter left in a graph, and what it made of the others.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { HeldNormalization } from '../../unit/heldNormalization.js';
import { isChannelsFirst, readFused } from '../read/fusedNode.js';
import type { GraphDef, GraphIndex, GraphNode } from '../read/graphDef.js';
import { dataInputs, nodeName } from '../read/graphDef.js';
import type { GraphWeights } from '../read/graphWeights.js';
import { numberAttribute } from '../read/nodeAttributes.js';

/** What tfjs takes a missing attribute `epsilon` for. */
const EPSILON = 1e-3;

/**
 * The nodes that normalise by statistics among the weights: `FusedBatchNorm` of any version, channels last, whose mean
 * and variance are constants of one number a channel.
 */
export function normalizationNodes(graph: GraphDef, weights: GraphWeights): GraphNode[] {
  return graph.node.filter((node) => {
    if (!/^FusedBatchNorm(V[23])?$/.test(node.op) || isChannelsFirst(node)) return false;
    const specs = statisticsInputs(node).map((input) => weights.specs.get(nodeName(input)));
    return specs.length === 2 && specs.every((spec) => spec?.dtype === 'float32' && isVector(spec.shape));
  });
}

/** Of at least one number: a graph that was converted in training mode has none. */
function isVector(shape: readonly number[]): boolean {
  return shape.length === 1 && shape[0]! > 0;
}

/** The statistics of the nodes, as a loaded graph has them; the caller disposes of them. */
export function heldNormalizations(
  nodes: readonly GraphNode[],
  weights: Readonly<Record<string, readonly Tensor[]>>,
): Map<string, HeldNormalization> {
  const value = (input: string): Tensor => weights[nodeName(input)]![0]!;
  return new Map(
    nodes.map((node) => {
      const [mean, variance] = statisticsInputs(node).map(value) as [Tensor, Tensor];
      return [node.name, new HeldNormalization(node.name, mean, variance)];
    }),
  );
}

/** The inputs of a normalisation that are its mean and its variance, if it has them. */
export function statisticsInputs(node: GraphNode): string[] {
  return dataInputs(node).slice(3, 5);
}

/** What a normalisation adds to its variance. */
export function epsilonOf(node: GraphNode): number {
  return numberAttribute(node, 'epsilon', EPSILON);
}

/** How many of some nodes are convolutions, and how many of those have a constant bias, in them or behind them. */
export function convolutionsOf(index: GraphIndex, names: ReadonlySet<string>): { all: number; biased: number } {
  const convolutions = [...index.nodes.values()].filter(
    ({ name, op }) => names.has(name) && /^(_Fused)?Conv2D$|DepthwiseConv2d/.test(op),
  );
  const isBiased = (node: GraphNode): boolean =>
    readFused(node)?.bias !== undefined ||
    index
      .consumers(node.name)
      .some(
        (consumer) =>
          /^(BiasAdd|Add|AddV2)$/.test(consumer.op) &&
          dataInputs(consumer).some((input) => index.source(input)?.op === 'Const'),
      );
  return { all: convolutions.length, biased: convolutions.filter(isBiased).length };
}
