/**
 * What a shape rule is.
 */
import type { Fact } from '../fact.js';
import type { GraphNode } from '../graphDef.js';

/** What a node makes, of what goes into it; a list where it has several outputs. */
export type ShapeRule = (node: GraphNode, inputs: readonly Fact[]) => Fact | readonly Fact[] | undefined;

/** An op and its rule. */
export type OpRule = readonly [op: string, rule: ShapeRule];

/** One rule for several ops, whose names are separated by spaces. */
export function forOps(rule: ShapeRule, ops: string): OpRule[] {
  return ops.split(' ').map((op) => [op, rule]);
}
