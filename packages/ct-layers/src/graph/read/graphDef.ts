/**
 * The JSON form of a TensorFlow graph, as tfjs model files hold it: what graph surgery reads and writes.
 */
import type { Shape } from '@tensorflow/tfjs-layers';

/** The value of an attribute; exactly one field is set. Strings are base64, or character codes in older files. */
export interface AttrValue {
  s?: string | number[];
  i?: string | number;
  f?: number;
  b?: boolean;
  type?: string | number;
  shape?: TensorShape;
  list?: { s?: (string | number[])[]; i?: (string | number)[]; f?: number[]; shape?: TensorShape[] };
  func?: { name?: string };
}

/** A shape: sizes with −1 for unknown ones. */
export interface TensorShape {
  dim?: { size?: string | number }[];
  unknownRank?: boolean;
}

/** A node; `input` lists `name`, `name:output` and, for control dependencies, `^name`, which come last. */
export interface GraphNode {
  name: string;
  op: string;
  input?: string[];
  device?: string;
  attr?: Record<string, AttrValue>;
}

/** A graph and its library of functions, which control flow calls. */
export interface GraphDef {
  node: GraphNode[];
  library?: { function?: { signature?: { name?: string }; nodeDef?: GraphNode[] }[] };
}

/** The name of the node that an input refers to. */
export function nodeName(input: string): string {
  return (input.startsWith('^') ? input.slice(1) : input).split(':')[0]!;
}

/** Which of the node's outputs an input refers to. */
export function portOf(input: string): number {
  return input.includes(':') ? Number(input.slice(input.lastIndexOf(':') + 1)) : 0;
}

/** Whether two inputs are the same value. */
export function isSameValue(a: string, b: string): boolean {
  return a === b || (nodeName(a) === nodeName(b) && portOf(a) === portOf(b));
}

/** The inputs of a node that carry values, without control dependencies. */
export function dataInputs(node: GraphNode): string[] {
  return (node.input ?? []).filter((input) => !input.startsWith('^'));
}

/** A copy of an object without some of its keys. */
export function without<T extends object>(object: T, ...keys: (keyof T)[]): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key as keyof T))) as Partial<T>;
}

/** The attribute that holds a list of strings. */
export function textList(values: readonly string[]): AttrValue {
  return { list: { s: values.map((value) => btoa(value)) } };
}

/** A shape with null for unknown sizes; undefined when not even the rank is known. */
export function shapeOf(shape: TensorShape | null | undefined): Shape | undefined {
  if (shape === undefined || shape === null || shape.unknownRank === true) return undefined;
  const dims: unknown = shape.dim ?? [];
  return Array.isArray(dims)
    ? dims.map((dim: { size?: string | number } | null) => (Number(dim?.size ?? -1) >= 0 ? Number(dim!.size) : null))
    : undefined;
}

/** The nodes of a graph by name, and who consumes them. */
export class GraphIndex {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  private readonly consumersByName = new Map<string, GraphNode[]>();

  constructor(nodes: readonly GraphNode[]) {
    this.nodes = new Map(nodes.map((node) => [node.name, node]));
    for (const node of nodes) {
      for (const input of new Set((node.input ?? []).map(nodeName))) {
        const known = this.consumersByName.get(input);
        if (known === undefined) this.consumersByName.set(input, [node]);
        else known.push(node);
      }
    }
  }

  /** The node that an input comes from. */
  source(input: string | undefined): GraphNode | undefined {
    return input === undefined ? undefined : this.nodes.get(nodeName(input));
  }

  /** The nodes that take something from a node. */
  consumers(name: string): readonly GraphNode[] {
    return this.consumersByName.get(name) ?? [];
  }
}
