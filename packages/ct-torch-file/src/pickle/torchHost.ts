/**
 * What a pickle of PyTorch may ask for: a closed list of names, each of which makes a description and runs nothing.
 *
 * Source: what `torch.load(..., weights_only=True)` allows (torch/_weights_only_unpickler.py), tensors apart that have
 * no storage of plain numbers.
 */

import { quote } from '../decodeText.js';
import { dtypeNamed, storageDtype } from '../torchDtypes.js';
import type { TorchDtype } from '../torchDtypes.js';
import type { PickleHost, Spot } from './unpickle.js';
import type { Value } from './values.js';
import { GlobalName, kindOf, StorageRef, TensorRef, Tuple, Unread } from './values.js';

/** The host of a file's pickles. */
export interface TorchHost extends PickleHost {
  /** The storages that were named, by their keys, as they were first named. */
  readonly storages: ReadonlyMap<string, StorageRef>;
}

/** Tensors that are known and not read, by the function that would make them. */
const UNREAD_TENSORS: Readonly<Record<string, string>> = {
  'torch._utils._rebuild_qtensor': 'a quantised tensor; dequantise it before saving',
  'torch._utils._rebuild_sparse_tensor': 'a sparse tensor; call to_dense() before saving',
  'torch._utils._rebuild_sparse_csr_tensor': 'a sparse tensor; call to_dense() before saving',
  'torch._utils._rebuild_nested_tensor': 'a nested tensor',
  'torch._utils._rebuild_meta_tensor_no_storage': 'a tensor without values (device "meta")',
  'torch._utils._rebuild_device_tensor_from_numpy': 'a tensor of a device that saves by NumPy',
  'torch._utils._rebuild_wrapper_subclass': 'a tensor of a class of its own',
};

const DICTIONARIES = new Set(['collections.OrderedDict', 'collections.defaultdict', 'collections.Counter']);
const LISTS: ReadonlySet<string> = new Set(['builtins.list', '__builtin__.list']);
const SETS = new Set(['builtins.set', '__builtin__.set', 'builtins.frozenset', '__builtin__.frozenset']);

/** Functions and classes that make a value of their arguments. */
const CALLED: Readonly<Record<string, (args: readonly Value[], spot: Spot) => Value>> = {
  'torch._utils._rebuild_tensor': ([storage, offset, shape, stride], spot) =>
    tensorOf(storage, undefined, [offset, shape, stride], spot),
  'torch._utils._rebuild_tensor_v2': ([storage, offset, shape, stride], spot) =>
    tensorOf(storage, undefined, [offset, shape, stride], spot),
  'torch._utils._rebuild_tensor_v3': ([storage, offset, shape, stride, , , dtype], spot) =>
    tensorOf(storage, dtype, [offset, shape, stride], spot),
  'torch._utils._rebuild_parameter': ([data], spot) => parameterOf(data, spot),
  'torch._utils._rebuild_parameter_with_state': ([data], spot) => parameterOf(data, spot),
  'torch.nn.parameter.Parameter': ([data], spot) => parameterOf(data, spot),
  // (function, class, its arguments, attributes): a tensor with attributes.
  'torch._tensor._rebuild_from_type_v2': ([callee, , args], spot) => {
    if (!(args instanceof Tuple)) throw spot.fail('rebuilds a tensor from no tuple');
    return call(callee ?? null, args, spot, REBUILT);
  },
  'torch.Size': ([sizes], spot) => {
    if (sizes instanceof Tuple) return sizes;
    if (Array.isArray(sizes)) return new Tuple(sizes);
    throw spot.fail('makes a size of no tuple');
  },
  'torch.device': () => new Unread('a device', false),
  'torch.serialization._get_layout': () => new Unread('a layout of tensors', false),
  ...Object.fromEntries([...DICTIONARIES].map((name) => [name, dictionaryOf])),
  ...Object.fromEntries([...SETS].map((name) => [name, () => new Unread('a set', false)])),
};

/** What a tensor with attributes may be made by: not by a further such call, of which there could be any depth. */
const REBUILT = (name: string): boolean => name.startsWith('torch._utils._rebuild_');

/** Names that are passed along and never called: functions that make defaults, kinds of quantisation. */
const NAMES = new Set([
  ...LISTS,
  'builtins.dict',
  '__builtin__.dict',
  'builtins.int',
  '__builtin__.int',
  'builtins.float',
  '__builtin__.float',
  'torch.Tensor',
  'torch._tensor.Tensor',
  'torch.per_tensor_affine',
  'torch.per_tensor_symmetric',
  'torch.per_channel_affine',
  'torch.per_channel_symmetric',
  'torch.per_channel_affine_float_qparams',
  'torch.strided',
  'torch.sparse_coo',
  'torch.sparse_csr',
]);

/**
 * Makes the host of one file.
 *
 * @param refused `error` refuses the file at the first name that is not on the list; `skip` leaves out what would be
 * made by it.
 */
export function torchHost(refused: 'error' | 'skip'): TorchHost {
  const storages = new Map<string, StorageRef>();
  return {
    storages,
    global: (name, { fail }) => {
      if (isKnown(name)) return new GlobalName(name);
      if (refused === 'skip') return new Unread(`made by ${quote(name)}, which is refused`, false);
      throw fail(
        `asks for ${quote(name)}, which is not on the list of what is harmless; save model.state_dict() alone, or ` +
          "pass {refused: 'skip'} to leave out what it makes",
        'refused',
      );
    },
    call,
    persistent: (id, { byte, fail }) => {
      const [kind, type, key, , count, view] = id instanceof Tuple ? id.items : [];
      const dtype = type instanceof GlobalName ? storageDtype(type.name) : undefined;
      if (kind !== 'storage' || dtype === undefined || typeof key !== 'string')
        throw fail(`expected a persistent id of a storage, got ${kindOf(id)}`);
      if (!isCount(count)) throw fail(`a storage of ${count === undefined ? 'nothing' : kindOf(count)} elements`);
      if (view !== undefined && view !== null) throw fail('a view of a storage, as PyTorch 0.1 wrote', 'unsupported');
      const storage = new StorageRef(key, dtype, { count, byte });
      const first = storages.get(key);
      if (first !== undefined && sizeOf(first) !== sizeOf(storage))
        throw fail(
          `storage ${quote(key)} has ${sizeOf(storage)} bytes here, ${sizeOf(first)} before`,
          'invalid-tensor',
        );
      if (first === undefined) storages.set(key, storage);
      return storage;
    },
  };
}

/** The bytes of a storage. */
export function sizeOf({ count, dtype }: StorageRef): number {
  return count * (dtype?.bytes ?? 1);
}

function isKnown(name: string): boolean {
  return (
    Object.hasOwn(CALLED, name) ||
    Object.hasOwn(UNREAD_TENSORS, name) ||
    NAMES.has(name) ||
    dtypeNamed(name) !== undefined ||
    storageDtype(name) !== undefined
  );
}

function call(callee: Value, args: Tuple, spot: Spot, allows: (name: string) => boolean = () => true): Value {
  if (callee instanceof Unread) return callee;
  if (!(callee instanceof GlobalName)) throw spot.fail(`calls ${kindOf(callee)}`);
  const { name } = callee;
  if (allows(name) && Object.hasOwn(UNREAD_TENSORS, name)) return new Unread(UNREAD_TENSORS[name]!, true);
  if (allows(name) && Object.hasOwn(CALLED, name)) return CALLED[name]!(args.items, spot);
  throw spot.fail(`calls ${quote(name)}, which is known as a name alone`, 'refused');
}

/** Views have as many dimensions at most, as PyTorch itself has. */
const MAX_RANK = 64;

/** @param view Offset, shape and stride. */
function tensorOf(
  storage: Value | undefined,
  given: Value | undefined,
  view: readonly [Value | undefined, Value | undefined, Value | undefined],
  spot: Spot,
): Value {
  if (storage instanceof Unread) return new Unread(storage.reason, true);
  if (!(storage instanceof StorageRef)) throw spot.fail('makes a tensor of no storage', 'invalid-tensor');
  const [offset, shape, stride] = [view[0], countsOf(view[1]), countsOf(view[2])];
  if (!isCount(offset) || shape === undefined || stride?.length !== shape.length)
    throw spot.fail(
      `makes a tensor whose offset, shape or strides are not at most ${MAX_RANK} whole numbers from 0`,
      'invalid-tensor',
    );
  const dtype: TorchDtype | null | undefined = given instanceof GlobalName ? dtypeNamed(given.name) : storage.dtype;
  if (dtype === null || dtype === undefined)
    throw spot.fail('makes a tensor of bytes without a dtype', 'invalid-tensor');
  return new TensorRef(storage, dtype, { offset, shape, stride });
}

function parameterOf(data: Value | undefined, spot: Spot): Value {
  if (data instanceof TensorRef || data instanceof Unread) return data;
  throw spot.fail(`makes a parameter of ${data === undefined ? 'nothing' : kindOf(data)}`, 'invalid-tensor');
}

/** Of nothing, of pairs as Python 2 has them, or of a dictionary; of a default's maker, which is not called. */
function dictionaryOf(args: readonly Value[], spot: Spot): Value {
  const [from] = args;
  if (from instanceof Map) return from;
  if (!Array.isArray(from)) return new Map();
  return new Map(
    from.map((pair): [Value, Value] => {
      spot.takeValue();
      const items = pair instanceof Tuple ? pair.items : Array.isArray(pair) ? pair : [];
      if (items.length !== 2) throw spot.fail('makes a dictionary of what are no pairs');
      return [items[0]!, items[1]!];
    }),
  );
}

/** The numbers of a tuple, copied: a size made of a list could change with it. */
function countsOf(value: Value | undefined): readonly number[] | undefined {
  if (!(value instanceof Tuple) || value.items.length > MAX_RANK) return undefined;
  return value.items.every(isCount) ? [...value.items] : undefined;
}

function isCount(value: Value | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
