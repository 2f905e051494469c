/**
 * What a pickle can be made of here: the plain values of Python, and objects that stand for what PyTorch would build.
 * None of them does anything.
 */

import type { TorchDtype } from '../torchDtypes.js';

/** A value of the pickle. None is null; lists are arrays; dictionaries, ordered ones too, are maps. */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Value[]
  | Map<Value, Value>
  | Tuple
  | GlobalName
  | Unread
  | StorageRef
  | TensorRef;

/** A tuple; apart from lists, since arguments and persistent ids must be tuples. */
export class Tuple {
  readonly items: readonly Value[];

  constructor(items: readonly Value[]) {
    this.items = items;
  }
}

/** The name of a class or function that is on the list; nothing is looked up by it. */
export class GlobalName {
  /** `torch.FloatStorage` */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** What stands where something would be that is not read, such as an instance of a refused class. */
export class Unread {
  /** Why, for a message: `a quantised tensor`. */
  readonly reason: string;
  /** Whether PyTorch would have a tensor here. */
  readonly isTensor: boolean;

  constructor(reason: string, isTensor: boolean) {
    this.reason = reason;
    this.isTensor = isTensor;
  }
}

/** Numbers in a row, which lie elsewhere in the file. */
export class StorageRef {
  readonly key: string;
  /** Null where the storage is bytes of no type. */
  readonly dtype: TorchDtype | null;
  /** Elements, or bytes where there is no dtype. */
  readonly count: number;
  /** The byte of the pickle that names it, in the file. */
  readonly byte: number;

  constructor(key: string, dtype: TorchDtype | null, { count, byte }: { count: number; byte: number }) {
    this.key = key;
    this.dtype = dtype;
    this.count = count;
    this.byte = byte;
  }
}

/** A tensor: a view of a storage, `x[i, j, ...] = storage[offset + i * stride[0] + j * stride[1] + ...]`. */
export class TensorRef {
  readonly storage: StorageRef;
  readonly dtype: TorchDtype;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];

  constructor(
    storage: StorageRef,
    dtype: TorchDtype,
    view: { offset: number; shape: readonly number[]; stride: readonly number[] },
  ) {
    this.storage = storage;
    this.dtype = dtype;
    this.offset = view.offset;
    this.shape = view.shape;
    this.stride = view.stride;
  }
}

/** A value for a message, by its kind. */
export function kindOf(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'object') {
    if (Array.isArray(value)) return 'a list';
    if (value instanceof Map) return 'a dictionary';
    if (value instanceof Tuple) return 'a tuple';
    if (value instanceof GlobalName) return value.name;
    if (value instanceof Unread) return value.reason;
    return value instanceof StorageRef ? 'a storage' : 'a tensor';
  }
  return typeof value === 'string' ? 'a text' : typeof value === 'boolean' ? 'a truth value' : `the number ${value}`;
}
