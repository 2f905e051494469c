/**
 * The nodes of a graph in an order in which they can be computed.
 */
import type { GraphNode } from './graphDef.js';
import { nodeName } from './graphDef.js';

/**
 * Nodes after what they read. What a `NextIteration` hands to the next round of a loop counts as known.
 *
 * @throws Error that names the nodes of a circle.
 */
export function inOrder(caller: string, nodes: readonly GraphNode[]): GraphNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const sources = (node: GraphNode): GraphNode[] =>
    (node.input ?? []).flatMap((input) => byName.get(nodeName(input)) ?? []).filter(({ op }) => op !== 'NextIteration');
  const waiting = new Map<GraphNode, number>();
  const readers = new Map<GraphNode, GraphNode[]>();
  for (const node of nodes) {
    const read = sources(node);
    waiting.set(node, read.length);
    for (const source of read) {
      const known = readers.get(source);
      if (known === undefined) readers.set(source, [node]);
      else known.push(node);
    }
  }
  const order = nodes.filter((node) => waiting.get(node) === 0);
  for (const node of order) {
    for (const reader of readers.get(node) ?? []) {
      const left = waiting.get(reader)! - 1;
      waiting.set(reader, left);
      if (left === 0) order.push(reader);
    }
  }
  if (order.length < nodes.length)
    throw circle(
      caller,
      nodes.find((node) => waiting.get(node)! > 0)!,
      (node) => sources(node).find((source) => waiting.get(source)! > 0)!,
    );
  return order;
}

function circle(caller: string, start: GraphNode, before: (node: GraphNode) => GraphNode): Error {
  const path: GraphNode[] = [];
  const seen = new Map<GraphNode, number>();
  let node = start;
  for (; !seen.has(node); node = before(node)) seen.set(node, path.push(node) - 1);
  const names = path
    .slice(seen.get(node))
    .map(({ name }) => `"${name}"`)
    .reverse();
  const shown = names.length > 8 ? [...names.slice(0, 7), `… (${names.length - 8} more)`, names.at(-1)!] : names;
  return new Error(
    `${caller}: the nodes ${shown.join(' -> ')} -> ${shown[0]!} feed each other in a circle, so that none ` +
      'can be computed; a loop needs NextIteration',
  );
}
