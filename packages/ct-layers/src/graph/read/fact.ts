/**
 * What can be known of a graph's value without running it.
 */
import type { GraphNode } from './graphDef.js';
import { typeAttribute } from './nodeAttributes.js';

/** The types of tfjs' tensors. */
export type ValueType = 'float32' | 'int32' | 'bool' | 'string' | 'complex64';

/** Sizes of axes; null for open ones. */
export type Sizes = readonly (number | null)[];

/** What is known of a value; what is missing is not. */
export interface Fact {
  dtype?: ValueType | undefined;
  /** Null for open sizes. */
  shape?: Sizes | undefined;
  /** The value itself, if it is a list of few whole numbers, or one; null for unknown ones. */
  wholes?: Sizes | undefined;
  /** Whether it is `[batch, channels, ...]`. */
  channelsFirst?: boolean | undefined;
}

const TYPES = new Map<string, ValueType>([
  ...['FLOAT', 'DOUBLE', 'HALF', 'BFLOAT16'].map((name) => [`DT_${name}`, 'float32'] as const),
  ...[
    'INT8',
    'INT16',
    'INT32',
    'INT64',
    'UINT8',
    'UINT16',
    'UINT32',
    'UINT64',
    'QINT8',
    'QINT16',
    'QINT32',
    'QUINT8',
    'QUINT16',
  ].map((name) => [`DT_${name}`, 'int32'] as const),
  ['DT_BOOL', 'bool'],
  ['DT_STRING', 'string'],
  ['DT_COMPLEX64', 'complex64'],
  ['DT_COMPLEX128', 'complex64'],
]);

/** The type of tfjs that stands for the one in an attribute. */
export function valueType(node: GraphNode, name: string): ValueType | undefined {
  return TYPES.get(typeAttribute(node, name) ?? '');
}
