/**
 * Finds the activations of a graph, and applies a selection to them.
 */
import type { Shape } from '@tensorflow/tfjs-layers';
import type { ActivationKind } from '../../unit/activationKind.js';
import type { ActivationSite, Selector } from '../../unit/activationSite.js';
import { startOf } from '../../unit/activationKind.js';
import type { Sharing } from '../../unit/sharing.js';
import { groupOf } from '../../unit/sharing.js';
import type { GraphDef, GraphIndex, GraphNode } from '../read/graphDef.js';
import type { NodeValues } from '../read/graphShapes.js';
import { textsAttribute } from '../read/nodeAttributes.js';
import type { RecognisedNode } from './recogniseNode.js';
import { describeNode, recogniseNode } from './recogniseNode.js';

/** An activation of a graph: what it is, and how callers see it. */
export interface GraphSite extends RecognisedNode {
  node: GraphNode;
  site: ActivationSite;
  /** Whether its values are `[batch, channels, height, width]`. */
  channelsFirst: boolean;
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
  /** Makes the units' types and shapes known; called once, with the nodes of the wanted kinds. */
  valuesOf: (nodes: GraphNode[]) => NodeValues;
}

/**
 * Finds and selects.
 *
 * @throws Error when nothing matches, a name does not exist, or what is selected cannot be replaced.
 */
export function selectActivations(
  graph: GraphDef,
  index: GraphIndex,
  selection: GraphSelection,
): GraphActivations & { obstacle?: string } {
  const { selector, sharing, valuesOf } = selection;
  const found = graph.node.flatMap((node) => {
    const recognised = recogniseNode(node, index);
    return recognised !== undefined && selector.kinds.has(recognised.kind) ? [{ ...recognised, node }] : [];
  });
  const values = valuesOf(found.map(({ node }) => node));
  // A type that neither inputs nor attributes tell is taken for the usual one.
  const isFloat = ({ node }: { node: GraphNode }): boolean => (values.of(node.name).dtype ?? 'float32') === 'float32';
  const all = found.filter(isFloat).map((activation, i): GraphSite => {
    const { shape = [], channelsFirst = false } = values.of(activation.node.name);
    return { ...activation, channelsFirst, site: siteOf(activation, i, [...shape], sharing) };
  });
  const ofOtherType = found
    .filter((activation) => !isFloat(activation))
    .map((activation) =>
      refused(activation, `of ${values.of(activation.node.name).dtype} values, which have no curvature`, selection),
    );
  const inNodes = new Set(found.map(({ node }) => node));
  const others = [
    ...ofOtherType,
    ...graph.node.filter((node) => !inNodes.has(node)).flatMap((node) => other(node, '', selection)),
    ...inFunctions(graph, selection),
  ];
  const sites = all.map(({ site }) => site);
  const chosen = new Set(selector.select(sites));
  selector.check('the graph', sites, [...chosen], others);
  const unchosen = all
    .filter(({ site }) => !chosen.has(site))
    .map(({ node }) => `${node.name} (${describeNode(node) ?? node.op})`);
  return {
    selected: all.filter(({ site }) => chosen.has(site)),
    leftAlone: [...unchosen, ...others],
    ...(values.obstacle !== undefined && { obstacle: values.obstacle }),
  };
}

function siteOf(
  { node, kind, fused }: RecognisedNode & { node: GraphNode },
  index: number,
  shape: Shape,
  sharing: Sharing,
): ActivationSite {
  const site = {
    index,
    layer: node.name,
    source: node.name,
    kind,
    start: startOf(kind),
    fused,
    shape,
    channels: shape.at(-1) ?? null,
    calls: 1,
  };
  return { ...site, group: groupOf(site, sharing) };
}

/** Activations inside the functions that control flow calls. */
function inFunctions(graph: GraphDef, selection: GraphSelection): string[] {
  return (graph.library?.function ?? []).flatMap(({ signature, nodeDef }) =>
    (nodeDef ?? []).flatMap((node) => other(node, `${signature?.name ?? 'function'}/`, selection)),
  );
}

/** An activation that is not replaced, as `name (what)`; refused where it is of a wanted kind and was asked for. */
function other(node: GraphNode, path: string, { selector, named }: GraphSelection): string[] {
  const description = describeNode(node);
  if (description === undefined) return [];
  const name = path + node.name;
  const kind = ({ relu: 'relu', relu6: 'relu6', leakyrelu: 'leakyRelu' } as const)[
    (textsAttribute(node, 'fused_ops')[1] ?? node.op).toLowerCase()
  ];
  // A function's activations are left alone unless named; those of a fused node that cannot be split are in the open.
  if (kind !== undefined && (named || path === '')) {
    const where =
      path === ''
        ? `${node.op} on channels-first data, whose bias tfjs cannot add by itself`
        : `inside the function "${path.slice(0, -1)}" of the graph's library`;
    refuse({ name, kind, fused: node.op.includes('Fused') }, where, selector);
  }
  return [`${name} (${description})`];
}

/** An activation that cannot be replaced, as `name (what)`; refused where the caller named it. */
function refused(
  { node, kind }: { node: GraphNode; kind: ActivationKind },
  reason: string,
  { selector, named }: GraphSelection,
): string {
  if (named) refuse({ name: node.name, kind, fused: node.op.includes('Fused') }, reason, selector);
  return `${node.name} (${describeNode(node) ?? node.op} ${reason})`;
}

function refuse(
  { name, kind, fused }: { name: string; kind: ActivationKind; fused: boolean },
  reason: string,
  selector: Selector,
): void {
  const site: ActivationSite = {
    index: 0,
    layer: name,
    source: name,
    kind,
    start: startOf(kind),
    fused,
    shape: [],
    channels: null,
    calls: 1,
    group: name,
  };
  if (selector.kinds.has(kind) && selector.accepts(site))
    throw new Error(
      `replaceGraphActivations: the ${kind} of "${name}" (${reason}) cannot be replaced; pass exclude: ` +
        `'${name}' to keep it`,
    );
}
