/**
 * Writes the nodes of an activation, one after the other.
 */
import { unusedName } from '../../host/unusedName.js';
import type { GraphNode } from '../read/graphDef.js';
import type { GraphConstants } from '../rewrite/graphConstants.js';

/** The largest float32. */
const LARGEST = (2 - 2 ** -23) * 2 ** 127;

/** Makes nodes and the constants that they read. */
export class NodeWriter {
  readonly nodes: GraphNode[] = [];
  private readonly prefix: string;
  private readonly constants: GraphConstants;
  private readonly names: Set<string>;

  /** @param names All names in use; those of the new nodes, which begin with the prefix, are added. */
  constructor(prefix: string, constants: GraphConstants, names: Set<string>) {
    this.prefix = prefix;
    this.constants = constants;
    this.names = names;
  }

  /** The name of a new node. */
  op(kind: string, ...inputs: string[]): string {
    const node = unusedName(`${this.prefix}/${kind}`, this.names);
    this.names.add(node);
    this.nodes.push({ name: node, op: kind, input: inputs, attr: { T: { type: 'DT_FLOAT' } } });
    return node;
  }

  /** x·factor, with one number or one a channel; x itself where that is 1. */
  times(x: string, factor: readonly number[]): string {
    return factor.every((value) => value === 1) ? x : this.op('Mul', x, this.constant(factor));
  }

  /** x + summand, likewise. */
  plus(x: string, summand: readonly number[]): string {
    return this.op('AddV2', x, this.constant(summand));
  }

  /** min(max(x, low), high). */
  clipped(x: string, low: number, high: number): string {
    if (low === 0 && high === Infinity) return this.op('Relu', x);
    if (low === 0 && high === 6) return this.op('Relu6', x);
    return this.op('ClipByValue', x, this.constant([low]), this.constant([Math.min(high, LARGEST)]));
  }

  private constant(values: readonly number[]): string {
    const isOne = values.every((value) => value === values[0]);
    return isOne ? this.constants.add(values.slice(0, 1), []) : this.constants.add(values, [values.length]);
  }
}
