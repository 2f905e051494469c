/**
 * Writes a graph anew, with nodes of the caller's making in place of the selected activations.
 */
import type { AttrValue, GraphNode } from '../read/graphDef.js';
import { dataInputs, GraphIndex, nodeName, without } from '../read/graphDef.js';
import { LOWEST } from '../../surgery/lowestPadding2d.js';
import { graphConvolution } from './graphConvolution.js';
import type { GraphConstants } from './graphConstants.js';
import { activationNode, beforeActivation, readFused, runsEverywhere } from '../read/fusedNode.js';
import { padsToMend } from './graphPads.js';
import type { GraphSite } from './graphSites.js';
import { siluInput } from './recogniseNode.js';

/** How a graph is rewritten. */
export interface GraphRewriting {
  index: GraphIndex;
  sites: readonly GraphSite[];
  constants: GraphConstants;
  /** Names of the nodes that the model's signature calls its outputs. */
  outputs: ReadonlySet<string>;
  /** All names in use; those of new nodes are added. */
  names: Set<string>;
  /**
   * What becomes of convolution and bias: stock fused nodes, where every backend runs them right, with those that hold
   * no site as they are; or nodes of ours, see graphConvolution.ts, for a graph that is differentiated.
   */
  fused: 'stock' | 'own';
  /** Whether the value that a `PadV2` pads with, given its input's name, is zero. */
  isZero: (input: string) => boolean;
  /** The nodes of one activation, the last under the site's name. */
  unit: (site: GraphSite, input: string) => GraphNode[];
}

/**
 * The nodes of the new graph. Every node of the old one that others read keeps its name, so that consumers, outputs and
 * feature names stay as they are; the old nodes are not changed.
 */
export function rewriteNodes({
  index,
  sites,
  constants,
  outputs,
  names,
  fused: kind,
  isZero,
  unit,
}: GraphRewriting): GraphNode[] {
  const byNode = new Map(sites.map((site) => [site.node, site]));
  const mended = padsToMend(index, new Set(sites.map(({ node }) => node.name)), isZero);
  const nodes = [...index.nodes.values()].flatMap((node): GraphNode[] => {
    const site = byNode.get(node);
    const replaced = (input: string): GraphNode[] => withControl(unit(site!, input), node, input);
    if (mended.has(node.name)) return [mendedPad(node, constants.add([LOWEST], []))];
    const fused = readFused(node);
    if (fused === undefined)
      return site === undefined
        ? [{ ...node }]
        : replaced(site.kind === 'silu' ? siluInput(node, index)! : dataInputs(node)[0]!);
    const isStock = kind === 'stock' && runsEverywhere(fused);
    if (site === undefined && isStock) return [{ ...node }];
    const before = beforeActivation(fused, names, (one) =>
      isStock ? one : kind === 'own' ? graphConvolution(one) : undefined,
    );
    if (fused.activation === undefined) return before.nodes;
    return [
      ...before.nodes,
      ...(site === undefined ? [activationNode(fused, before.output)] : unit(site, before.output)),
    ];
  });
  // Constants first: nodes come after what they read.
  return withoutOrphans([...constants.nodes, ...nodes], index, outputs);
}

function mendedPad(node: GraphNode, value: string): GraphNode {
  const [x, paddings] = dataInputs(node) as [string, string];
  const control = (node.input ?? []).filter((input) => input.startsWith('^'));
  return {
    ...node,
    op: 'PadV2',
    input: [x, paddings, value, ...control],
    attr: without(node.attr ?? {}, 'constant_value') as Record<string, AttrValue>,
  };
}

/** The nodes of an activation, the last of which waits for what the old node waited for beside its input. */
function withControl(nodes: GraphNode[], node: GraphNode, input: string): GraphNode[] {
  const others = (node.input ?? []).filter((other) => other.startsWith('^') || (node.op !== 'Mul' && other !== input));
  const control = others.map((other) => `^${nodeName(other)}`);
  return control.length === 0
    ? nodes
    : nodes.map((node, i) => (i === nodes.length - 1 ? { ...node, input: [...(node.input ?? []), ...control] } : node));
}

/**
 * Drops nodes that lost their last consumer, such as the gate of a replaced SiLU: without a signature, tfjs takes every
 * node that nobody consumes for an output.
 */
function withoutOrphans(nodes: GraphNode[], before: GraphIndex, outputs: ReadonlySet<string>): GraphNode[] {
  const now = new GraphIndex(nodes);
  const readers = new Map(nodes.map(({ name }) => [name, now.consumers(name).length]));
  const dropped = new Set<string>();
  const isOrphan = (name: string): boolean =>
    readers.get(name) === 0 && !outputs.has(name) && before.consumers(name).length > 0;
  const orphans = nodes.filter(({ name }) => isOrphan(name));
  for (const { name, input } of orphans) {
    dropped.add(name);
    for (const source of new Set((input ?? []).map(nodeName))) {
      readers.set(source, readers.get(source)! - 1);
      if (isOrphan(source)) orphans.push(now.nodes.get(source)!);
    }
  }
  return nodes.filter(({ name }) => !dropped.has(name));
}
