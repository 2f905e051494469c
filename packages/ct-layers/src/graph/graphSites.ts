/**
 * Finds the activations of a graph, and applies a selection to them.
 */
import type { Shape } from '@tensorflow/tfjs-layers';
import type { ActivationSite, Selector } from '../activationSite.js';
import type { Sharing } from '../sharing.js';
import { groupOf } from '../sharing.js';
import { isChannelsFirst } from './fusedNode.js';
import type { GraphDef, GraphIndex, GraphNode } from './graphDef.js';
import { nodeName, texts } from './graphDef.js';
import type { NodeShapes } from './graphShapes.js';
import type { RecognisedNode } from './recogniseNode.js';
import { describeNode, recogniseNode } from './recogniseNode.js';

/** An activation of a graph: what it is, and how callers see it. */
export interface GraphSite extends RecognisedNode {
  node: GraphNode;
  site: ActivationSite;
}

/** What a graph has. */
export interface GraphActivations {
  /** The selected ones, in the order of the graph's nodes. */
  selected: GraphSite[];
  /** The others, as `name (what)`. */
  leftAlone: string[];
}

/** How a selection is made. */
export interface GraphSelection {
  selector: Selector;
  sharing: Sharing;
  /** Whether the caller named what to replace, rather than taking what there is. */
  named: boolean;
  /** Makes the units' shapes known; called once, with the nodes of the wanted kinds. */
  shapesOf: (nodes: GraphNode[]) => Promise<NodeShapes>;
}

/**
 * Finds and selects.
 *
 * @throws Error when nothing matches, a name does not exist, or what is selected cannot be replaced.
 */
export async function selectActivations(graph: GraphDef, index: GraphIndex, { selector, sharing, named, shapesOf }: GraphSelection): Promise<GraphActivations & { obstacle?: string }> {
  const found = graph.node.flatMap((node) => {
    const recognised = recogniseNode(node, index);
    return recognised !== undefined && selector.kinds.has(recognised.kind) ? [{ ...recognised, node }] : [];
  });
  const { shapes, obstacle } = await shapesOf(found.map(({ node }) => node));
  const all = found.map((activation, i): GraphSite => ({ ...activation, site: siteOf(activation, i, shapes.get(activation.node.name) ?? [], sharing) }));
  const inNodes = new Set(found.map(({ node }) => node));
  const others = [...graph.node.filter((node) => !inNodes.has(node)).flatMap((node) => other(node, '', selector, named)), ...inFunctions(graph, selector, named)];
  const sites = all.map(({ site }) => site);
  const chosen = new Set(selector.select(sites));
  selector.check('the graph', sites, [...chosen], others);
  const unchosen = all.filter(({ site }) => !chosen.has(site)).map(({ node }) => `${node.name} (${describeNode(node) ?? node.op})`);
  return { selected: all.filter(({ site }) => chosen.has(site)), leftAlone: [...unchosen, ...others], ...(obstacle !== undefined && { obstacle }) };
}

/** Whether the values of a node are `[batch, channels, height, width]`, by the convolution that they come from. */
export function comesChannelsFirst(node: GraphNode, index: GraphIndex): boolean {
  if (isChannelsFirst(node)) return true;
  const source = index.source(node.input?.[0]);
  return source !== undefined && ['BiasAdd', 'Conv2D', 'DepthwiseConv2dNative'].includes(source.op) && comesChannelsFirst(source, index);
}

function siteOf({ node, kind, fused }: RecognisedNode & { node: GraphNode }, index: number, shape: Shape, sharing: Sharing): ActivationSite {
  const site = { index, layer: node.name, source: node.name, kind, fused, shape, channels: shape.at(-1) ?? null, calls: 1 };
  return { ...site, group: groupOf(site, sharing) };
}

/** Activations inside the functions that control flow calls. */
function inFunctions(graph: GraphDef, selector: Selector, named: boolean): string[] {
  return (graph.library?.function ?? []).flatMap(({ signature, nodeDef = [] }) => nodeDef.flatMap((node) => other(node, `${signature?.name ?? 'function'}/`, selector, named)));
}

/** An activation that is not replaced, as `name (what)`; refused where it is of a wanted kind and was asked for. */
function other(node: GraphNode, path: string, selector: Selector, named: boolean): string[] {
  const description = describeNode(node);
  if (description === undefined) return [];
  const name = path + nodeName(node.name);
  const kind = ({ relu: 'relu', relu6: 'relu6', leakyrelu: 'leakyRelu' } as const)[(texts(node.attr?.['fused_ops'])[1] ?? node.op).toLowerCase()];
  // A function's activations are left alone unless named; those of a fused node that cannot be split are in the open.
  if (kind !== undefined && selector.kinds.has(kind) && (named || path === '')) {
    const site: ActivationSite = { index: 0, layer: name, source: name, kind, fused: node.op.includes('Fused'), shape: [], channels: null, calls: 1, group: name };
    const where = path === '' ? `${node.op} on channels-first data, whose bias tfjs cannot add by itself` : `inside the function "${path.slice(0, -1)}" of the graph's library`;
    if (selector.accepts(site)) throw new Error(`replaceGraphActivations: the ${kind} of "${name}" (${where}) cannot be replaced; pass exclude: '${name}' to keep it`);
  }
  return [`${name} (${description})`];
}
