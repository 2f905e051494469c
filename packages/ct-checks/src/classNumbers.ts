/**
 * Class labels in any form that people have them, as class numbers.
 */
import { show } from './describe.js';
import { isTensor, matching } from './schema.js';
import type { Schema, TensorLike } from './schema.js';

/**
 * Labels: class numbers (a tensor `[batch]` or `[batch, 1]`, a list, a typed array, 64-bit integers too) or one-hot
 * rows (a tensor `[batch, classes]` or a list of lists).
 */
export type Labels = TensorLike | ArrayLike<number> | BigInt64Array | BigUint64Array | readonly (readonly number[])[];

/** How many labels are expected, and of how many classes. */
export interface ClassNumbersOptions {
  /** Number of examples that the labels belong to. */
  count?: number;
  /** Number of classes; labels lie below it. Default: one more than the largest label. */
  classes?: number;
}

/** A form of labels, for the check of arguments; `classNumbers` looks at each of them. */
export const labels: Schema<Labels> = matching(
  (value): value is Labels => (isTensor(value) ? !value.isDisposed : isList(value)),
  {
    expects: 'labels: a tensor, a list of class numbers or of one-hot rows',
  },
);

/** Larger class numbers are taken for a mistake where nobody has said how many classes there are. */
const MOST_CLASSES = 100_000;

/**
 * The class numbers that labels stand for, as int32, checked one by one.
 *
 * @param name What to call the labels in errors.
 * @throws TypeError on what is no form of labels, or another number of them; RangeError on a label that is no class
 * number: negative, fractional, not finite, not below `classes`, absurdly large, or a row that is not one-hot.
 */
export async function classNumbers(
  caller: string,
  name: string,
  labels: Labels,
  options: ClassNumbersOptions = {},
): Promise<Int32Array> {
  if (isTensor(labels)) {
    if (labels.isDisposed) throw new TypeError(`${caller}: ${name} must be labels, got a tensor that was disposed of`);
    if (!['int32', 'float32', 'bool'].includes(labels.dtype))
      throw new TypeError(`${caller}: ${name} must be class numbers or one-hot rows, got a ${labels.dtype} tensor`);
    return fromRows({ caller, name }, (await labels.data()) as ArrayLike<number>, labels.shape, options);
  }
  return classNumbersOf(caller, name, labels, options);
}

/** The same for labels that are no tensor; at once. */
export function classNumbersOf(
  caller: string,
  name: string,
  labels: Exclude<Labels, TensorLike>,
  options: ClassNumbersOptions = {},
): Int32Array {
  if (!isList(labels)) {
    throw new TypeError(
      `${caller}: ${name} must be labels: a tensor, a list of class numbers or of one-hot rows, got ${show(labels)}`,
    );
  }
  const first: unknown = labels[0];
  if (!Array.isArray(first) && !ArrayBuffer.isView(first))
    return fromRows({ caller, name }, labels as ArrayLike<number | bigint>, [labels.length], options);
  const rows = Array.from(labels as readonly (readonly number[])[]);
  const width = rows[0]!.length;
  const ragged = rows.findIndex(
    (row) => (Array.isArray(row) || ArrayBuffer.isView(row)) === false || row.length !== width,
  );
  if (ragged >= 0)
    throw new TypeError(
      `${caller}: ${name} must be rows of one length, got ${width} numbers in row 0 and ` +
        `${show(rows[ragged])} in row ${ragged}`,
    );
  return fromRows(
    { caller, name },
    rows.flatMap((row) => Array.from(row)),
    [rows.length, width],
    options,
  );
}

/**
 * The number of classes that one-hot labels have, the length of a row; undefined for class numbers, which do not say.
 */
export function oneHotClasses(labels: Labels): number | undefined {
  if (isTensor(labels)) return labels.shape.length === 2 && labels.shape[1]! > 1 ? labels.shape[1] : undefined;
  const first: unknown = typeof labels === 'object' && labels !== null ? labels[0] : undefined;
  return Array.isArray(first) || ArrayBuffer.isView(first) ? (first as ArrayLike<number>).length : undefined;
}

function isList(value: unknown): value is { readonly length: number } {
  return typeof value === 'object' && value !== null && Number.isInteger((value as { length?: unknown }).length);
}

/** How errors speak of labels: who was called, and what it calls them. */
interface Called {
  caller: string;
  name: string;
}

function fromRows(
  called: Called,
  values: ArrayLike<number | bigint>,
  shape: readonly number[],
  { count, classes }: ClassNumbersOptions,
): Int32Array {
  const { caller, name } = called;
  const [rows = 0, width = 1] = shape;
  if (shape.length < 1 || shape.length > 2)
    throw new TypeError(
      `${caller}: ${name} must be class numbers [batch] or one-hot rows [batch, classes], got shape ` +
        `[${shape.join(', ')}]`,
    );
  if (count !== undefined && rows !== count)
    throw new TypeError(`${caller}: expected one label for each of ${count} images, got ${rows}`);
  if (shape.length === 2 && width > 1) {
    if (classes !== undefined && width !== classes)
      throw new RangeError(`${caller}: ${name} must be one-hot rows over ${classes} classes, got rows of ${width}`);
    return Int32Array.from({ length: rows }, (_, row) => hotIndex(called, values, row, width));
  }
  const limit = classes ?? MOST_CLASSES;
  return Int32Array.from({ length: rows }, (_, i) => {
    const value = values[i]!;
    const label = Number(value);
    if (
      (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') &&
      Number.isInteger(label) &&
      label >= 0 &&
      label < limit
    )
      return label;
    const expected =
      classes === undefined ? 'class numbers from 0' : `class numbers from 0, below the number of classes, ${classes}`;
    const cure =
      classes === undefined && label >= MOST_CLASSES ? '; if there are that many classes, pass {classes}' : '';
    const problem = `${caller}: ${name} must be ${expected}, got ${show(value)} as label of example ${i}${cure}`;
    throw typeof value === 'number' || typeof value === 'bigint' ? new RangeError(problem) : new TypeError(problem);
  });
}

/** Where the one stands in a row of zeros. */
function hotIndex({ caller, name }: Called, values: ArrayLike<number | bigint>, row: number, width: number): number {
  let hot = -1;
  for (let k = 0; k < width; k++) {
    const value = Number(values[row * width + k]);
    if (value === 0) continue;
    if (value !== 1 || hot >= 0) hot = width;
    else hot = k;
  }
  if (hot >= 0 && hot < width) return hot;
  const shown = Array.from({ length: Math.min(width, 8) }, (_, k) => show(values[row * width + k])).join(', ');
  throw new RangeError(
    `${caller}: ${name} must be one-hot rows, a single 1 among zeros, got ` +
      `[${shown}${width > 8 ? ', …' : ''}] as label of example ${row}; soft labels are not supported`,
  );
}
