/**
 * The end of a Parquet file, which says where its columns lie: the structs of parquet.thrift that images need.
 */
import { show } from '@curvature-tuning/checks';
import type { Fault, ThriftStruct, ThriftValue } from './thrift.js';
import { ThriftReader } from './thrift.js';

/** A column's piece of one group of rows. */
export interface ColumnChunk {
  /** Its name and those of the structs it lies in, with dots between. */
  readonly path: string;
  /** Number of its kind of value: 1 int32, 2 int64, 6 bytes. */
  readonly type: number;
  /** Number of its compression: 0 none, 1 Snappy. */
  readonly codec: number;
  /** Its first byte in the file, and how many there are. */
  readonly start: number;
  readonly bytes: number;
  /** How many of its structs and it itself may be absent: the level of a value that is there. */
  readonly levels: number;
}

/** Rows that are stored together. */
export interface RowGroup {
  readonly rows: number;
  readonly columns: readonly ColumnChunk[];
}

interface Leaf {
  readonly levels: number;
  readonly isList: boolean;
}

/**
 * The groups of rows that a footer names.
 *
 * @param size Bytes of the file, which no column may leave and no group may have more rows than.
 * @throws the error of `fault` for what is no footer.
 */
export function parseFooter(footer: Uint8Array, size: number, fault: Fault): RowGroup[] {
  const file = new ThriftReader(footer, 0, fault).struct();
  const leaves = leavesOf(structs(file, 2, fault), fault);
  return structs(file, 4, fault).map((group, index) => {
    const what = `group ${index + 1} of its rows`;
    const rows = wholeOf(group, 3, fault);
    if (rows > size) throw fault(`${what} has ${rows}, more than the file has bytes`, 0);
    const columns = structs(group, 1, fault).map((column): ColumnChunk => {
      const meta = column.get(3);
      if (!(meta instanceof Map)) throw fault(`${what} has a column without description`, 0);
      const path = lists(meta, 3, fault).map(textOf).join('.');
      const leaf = leaves.get(path);
      if (!leaf || leaf.isList)
        throw fault(`${what} has the column "${path}", which its schema has not as one value`, 0);
      const data = wholeOf(meta, 9, fault);
      const start = meta.get(11) === undefined ? data : Math.min(data, wholeOf(meta, 11, fault) || data);
      const bytes = wholeOf(meta, 7, fault);
      if (start + bytes > size)
        throw fault(`${what} has a column at ${start} of ${bytes} bytes in a file of ${size}`, 0);
      return { path, type: wholeOf(meta, 1, fault), codec: wholeOf(meta, 4, fault), start, bytes, levels: leaf.levels };
    });
    return { rows, columns };
  });
}

/** The columns of a schema, which lists its tree from the root on, each node before its children. */
function leavesOf(elements: readonly ThriftStruct[], fault: Fault): Map<string, Leaf> {
  const leaves = new Map<string, Leaf>();
  const open: { left: number; path: string[]; leaf: Leaf }[] = [];
  for (const [index, element] of elements.entries()) {
    const parent = open.at(-1);
    if (index > 0 && !parent) throw fault('its schema has more elements than it counts', 0);
    const repetition = index > 0 && element.get(3) !== undefined ? wholeOf(element, 3, fault) : 0;
    const path = index === 0 ? [] : [...parent!.path, textOf(element.get(4))];
    const leaf = {
      levels: (parent?.leaf.levels ?? 0) + (repetition > 0 ? 1 : 0),
      isList: repetition === 2 || (parent?.leaf.isList ?? false),
    };
    const children = element.get(5) === undefined ? 0 : wholeOf(element, 5, fault);
    if (parent) parent.left--;
    if (children > 0) {
      // Its name would be put before those of all below it.
      if (open.length > 32) throw fault('its schema lies too deep', 0);
      open.push({ left: children, path, leaf });
    } else leaves.set(path.join('.'), leaf);
    while (open.at(-1)?.left === 0) open.pop();
  }
  return leaves;
}

/** A field that is a whole number from 0 on. */
export function wholeOf(struct: ThriftStruct, field: number, fault: Fault): number {
  const value = struct.get(field);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw fault(`field ${field} of a struct must be a whole number from 0, got ${show(value)}`, 0);
  return value;
}

function lists(struct: ThriftStruct, field: number, fault: Fault): readonly ThriftValue[] {
  const value = struct.get(field);
  if (!Array.isArray(value)) throw fault(`field ${field} of a struct must be a list`, 0);
  return value as readonly ThriftValue[];
}

function structs(struct: ThriftStruct, field: number, fault: Fault): ThriftStruct[] {
  return lists(struct, field, fault).map((value) => {
    if (value instanceof Map) return value;
    throw fault(`field ${field} of a struct must be a list of structs`, 0);
  });
}

function textOf(value: ThriftValue | undefined): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
}
