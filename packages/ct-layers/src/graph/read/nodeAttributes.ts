/**
 * Reads the attributes of a node as tfjs reads them, defaults and all; what tfjs would stumble over is refused by name.
 */
import type { AttrValue, GraphNode } from './graphDef.js';

/** A text, such as `data_format`; undefined where the node does not have it. */
export function textAttribute(node: GraphNode, name: string): string | undefined {
  const attr = attribute(node, name);
  return attr === undefined ? undefined : decoded(node, name, attr.s);
}

/** A list of texts, such as `fused_ops`; empty where the node does not have it. */
export function textsAttribute(node: GraphNode, name: string): string[] {
  const texts: unknown = attribute(node, name)?.list?.s ?? [];
  if (!Array.isArray(texts)) throw malformed(node, name, 'a list of base64 texts');
  return texts.map((text) => decoded(node, name, text));
}

/** A number, whole or not. */
export function numberAttribute(node: GraphNode, name: string, byDefault: number): number {
  const attr = attribute(node, name);
  const value: unknown = attr?.i ?? attr?.f ?? byDefault;
  const isWhole = typeof value === 'string' && attr?.i === value && /^-?\d+$/.test(value);
  if (!isWhole && typeof value !== 'number') throw malformed(node, name, 'a number');
  return Number(value);
}

/** A flag; false where the node does not have it. */
export function flagAttribute(node: GraphNode, name: string): boolean {
  const value: unknown = attribute(node, name)?.b ?? false;
  if (typeof value !== 'boolean') throw malformed(node, name, 'true or false');
  return value;
}

/** A list of whole numbers, such as `strides`; undefined where the node does not have it. */
export function wholesAttribute(node: GraphNode, name: string): number[] | undefined {
  const attr = attribute(node, name);
  if (attr === undefined) return undefined;
  const values: unknown = attr.list?.i ?? [];
  if (attr.list === undefined || !Array.isArray(values)) throw malformed(node, name, 'a list of whole numbers');
  const numbers = values.map((value: unknown) =>
    typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : NaN,
  );
  if (!numbers.every(Number.isInteger)) throw malformed(node, name, 'a list of whole numbers');
  return numbers;
}

/** TensorFlow's name of a type; undefined where the node does not have it. */
export function typeAttribute(node: GraphNode, name: string): string | undefined {
  const type = attribute(node, name)?.type;
  if (type === undefined || type === null) return undefined;
  if (typeof type !== 'string' && typeof type !== 'number') throw malformed(node, name, 'a type');
  return typeof type === 'number' ? TYPES[type] : type;
}

/** The attribute itself, if the node has it. */
export function attribute(node: GraphNode, name: string): AttrValue | undefined {
  const attr: unknown = Object.hasOwn(node.attr ?? {}, name) ? node.attr![name] : undefined;
  if (attr === undefined || attr === null) return undefined;
  if (typeof attr !== 'object' || Array.isArray(attr)) throw malformed(node, name, 'an object');
  const { list } = attr as { list?: unknown };
  if (list !== undefined && (typeof list !== 'object' || list === null || Array.isArray(list)))
    throw malformed(node, name, 'an attribute with an object as its list');
  return attr;
}

/** The error of an attribute that is not what it must be. */
export function malformed(node: GraphNode, name: string, expected: string): TypeError {
  const got = JSON.stringify(node.attr?.[name]) ?? 'nothing';
  return new TypeError(
    `replaceGraphActivations: the attribute "${name}" of node "${node.name}" (${node.op}) must be ` +
      `${expected}, got ${got.length > 100 ? `${got.slice(0, 100)}…` : got}`,
  );
}

function decoded(node: GraphNode, name: string, text: unknown): string {
  if (Array.isArray(text) && text.every((code) => Number.isInteger(code)))
    return String.fromCharCode(...(text as number[]));
  try {
    if (typeof text === 'string') return atob(text);
  } catch {
    // Said below.
  }
  throw malformed(node, name, 'a base64 text');
}

/** TensorFlow's types by number, as older files have them. */
const TYPES: Record<number, string> = {
  1: 'DT_FLOAT',
  2: 'DT_DOUBLE',
  3: 'DT_INT32',
  4: 'DT_UINT8',
  5: 'DT_INT16',
  6: 'DT_INT8',
  7: 'DT_STRING',
  8: 'DT_COMPLEX64',
  9: 'DT_INT64',
  10: 'DT_BOOL',
  11: 'DT_QINT8',
  12: 'DT_QUINT8',
  13: 'DT_QINT32',
  14: 'DT_BFLOAT16',
  15: 'DT_QINT16',
  16: 'DT_QUINT16',
  17: 'DT_UINT16',
  18: 'DT_COMPLEX128',
  19: 'DT_HALF',
  20: 'DT_RESOURCE',
  21: 'DT_VARIANT',
  22: 'DT_UINT32',
  23: 'DT_UINT64',
};
