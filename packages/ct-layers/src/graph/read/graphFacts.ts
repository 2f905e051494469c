/**
 * What can be told of a graph's values without running it: types, shapes as far as they do not depend on open sizes,
 * and the whole numbers that shapes are made of.
 */
import type { Fact, Sizes } from './fact.js';
import { valueType } from './fact.js';
import { isChannelsFirst } from './fusedNode.js';
import type { GraphIndex, GraphNode } from './graphDef.js';
import { nodeName, portOf, shapeOf } from './graphDef.js';
import { inOrder } from './graphOrder.js';
import type { GraphWeights } from './graphWeights.js';
import { attribute } from './nodeAttributes.js';
import { shapeRules } from './shapes/shapeRules.js';

const NOTHING: Fact = {};

/** Facts about every value of a graph. */
export class GraphFacts {
  private readonly outputs = new Map<string, Fact | readonly Fact[]>();

  constructor(index: GraphIndex, weights: GraphWeights) {
    for (const node of inOrder('replaceGraphActivations', [...index.nodes.values()]))
      this.outputs.set(node.name, this.judge(node, weights));
  }

  /** What is known of an input: `name` or `name:output`. */
  of(input: string): Fact {
    const known = this.outputs.get(nodeName(input));
    if (known === undefined) return NOTHING;
    return (
      (Array.isArray(known) ? (known as Fact[])[portOf(input)] : portOf(input) === 0 ? (known as Fact) : undefined) ??
      NOTHING
    );
  }

  private judge(node: GraphNode, weights: GraphWeights): Fact | readonly Fact[] {
    const spec = weights.specs.get(node.name);
    if (spec !== undefined) return { dtype: spec.dtype, shape: spec.shape, wholes: weights.wholes(node.name) };
    const inputs = (node.input ?? []).filter((input) => !input.startsWith('^'));
    const facts = inputs.map((input) => this.of(input));
    const found = node.op.startsWith('Placeholder')
      ? placeholder(node, facts)
      : (shapeRules.get(node.op)?.(node, facts) ?? NOTHING);
    if (Array.isArray(found)) return (found as Fact[]).map((fact) => withLayout(fact, node, facts));
    const fact = withLayout(found as Fact, node, facts);
    const noted = shapeOf(attribute(node, '_output_shapes')?.list?.shape?.[0]);
    return noted === undefined ? fact : { ...fact, shape: merged(fact.shape, noted) };
  }
}

/** A shape of which either source may know some sizes; the first is right where they differ. */
export function merged(shape: Sizes | undefined, other: Sizes | undefined): Sizes | undefined {
  if (shape === undefined || other === undefined || shape.length !== other.length) return shape ?? other;
  return shape.map((size, axis) => size ?? other[axis]!);
}

function placeholder(node: GraphNode, [byDefault]: readonly Fact[]): Fact {
  return {
    dtype: valueType(node, 'dtype') ?? byDefault?.dtype,
    shape: shapeOf(attribute(node, 'shape')?.shape) ?? byDefault?.shape,
  };
}

function withLayout({ shape: sizes, ...rest }: Fact, node: GraphNode, inputs: readonly Fact[]): Fact {
  // More axes or numbers than tensors and shapes have are nobody's; a graph must not make them grow without bounds.
  const shape =
    sizes !== undefined && sizes.length <= 8
      ? sizes.map((size) => (Number.isSafeInteger(size) && size! >= 0 ? size : null))
      : undefined;
  const fact = {
    ...rest,
    shape,
    wholes: rest.wholes !== undefined && rest.wholes.length <= 64 ? rest.wholes : undefined,
  };
  if (fact.channelsFirst !== undefined) return fact;
  const isFirst = /Conv[123]D|DepthwiseConv2d/i.test(node.op)
    ? isChannelsFirst(node)
    : shape !== undefined &&
      shape.length > 2 &&
      inputs.some((input) => input.channelsFirst === true && input.shape?.length === shape.length);
  return isFirst ? { ...fact, channelsFirst: true } : fact;
}
