/**
 * A tensor of the file as a typed array in row-major order: a view of the file's bytes wherever they lie that way and
 * aligned, else a copy.
 */

import type { Dtype, SafeTensor } from '@curvature-tuning/safetensors';
import type { Allowance } from './allowance.js';
import type { TensorRef } from './pickle/values.js';
import type { FilePlace } from './torchFileError.js';
import { TorchFileError } from './torchFileError.js';

/** The typed array of each dtype that a tensor of PyTorch has. */
const ARRAYS: Readonly<Partial<Record<Dtype, ArrayClass>>> = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  F8_E5M2: Uint8Array,
  F8_E4M3: Uint8Array,
  F8_E8M0: Uint8Array,
  F8_E4M3FNUZ: Uint8Array,
  F8_E5M2FNUZ: Uint8Array,
  I16: Int16Array,
  U16: Uint16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  F32: Float32Array,
  C64: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
};

interface ArrayClass {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): SafeTensor['data'];
}

/** The bytes of a storage: as they lie in the file, and where typed arrays can see them. */
export interface StorageBytes {
  readonly bytes: Uint8Array;
  /** The same in memory that begins at a multiple of 8; copied once. */
  aligned(): Uint8Array;
}

/** What a tensor is made for. */
export interface TensorContext {
  readonly allowance: Allowance;
  /** Names the tensor in errors. */
  readonly place: FilePlace;
}

/**
 * Makes the array of a tensor.
 *
 * @throws TorchFileError `invalid-tensor` where it reaches outside its storage; `too-large` where a copy is more than
 * the file may cost.
 */
export function makeTensor(ref: TensorRef, dtype: Dtype, storage: StorageBytes, context: TensorContext): SafeTensor {
  const { shape, stride, offset } = ref;
  const width = ref.dtype.bytes;
  const { count, last } = extentOf(ref, context.place);
  const available = storage.bytes.length / width;
  if (count === 0 ? offset > available : last >= available) {
    const reach = count === 0 ? offset : last;
    throw new TorchFileError(
      'invalid-tensor',
      context.place,
      `reaches element ${reach} of a storage of ${Math.floor(available)}`,
    );
  }
  const Class = ARRAYS[dtype]!;
  const length = (count * width) / Class.BYTES_PER_ELEMENT;
  if (count === 0) return { dtype, shape, data: new Class(new ArrayBuffer(0), 0, 0) } as SafeTensor;
  if (isContiguous(shape, stride)) {
    const isAligned = (storage.bytes.byteOffset + offset * width) % Class.BYTES_PER_ELEMENT === 0;
    const source = isAligned ? storage.bytes : storage.aligned();
    return { dtype, shape, data: new Class(source.buffer, source.byteOffset + offset * width, length) } as SafeTensor;
  }
  context.allowance.takeBytes(count * width, context.place);
  const copy = gather(storage.bytes, ref, count);
  return { dtype, shape, data: new Class(copy.buffer, 0, length) } as SafeTensor;
}

/** How many elements there are, and the index of the last one in the storage. */
function extentOf({ shape, stride, offset }: TensorRef, place: FilePlace): { count: number; last: number } {
  let count = 1;
  let last = offset;
  shape.forEach((size, axis) => {
    count *= size;
    last += Math.max(0, size - 1) * stride[axis]!;
  });
  if (Number.isSafeInteger(count) && Number.isSafeInteger(last)) return { count, last };
  throw new TorchFileError('invalid-tensor', place, `a shape of [${shape.join(', ')}] counts beyond 2^53 - 1`);
}

/** Whether the elements lie one after the other. Strides of axes of size 1 say nothing. */
function isContiguous(shape: readonly number[], stride: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && stride[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Copies byte by byte, since a storage may lie at any byte. */
function gather(bytes: Uint8Array, { shape, stride, offset, dtype }: TensorRef, count: number): Uint8Array {
  const width = dtype.bytes;
  const copy = new Uint8Array(count * width);
  const index = new Array<number>(shape.length).fill(0);
  const innerSize = shape.at(-1) ?? 1;
  const innerStep = (stride.at(-1) ?? 0) * width;
  let from = offset * width;
  for (let to = 0; to < copy.length;) {
    for (let i = 0, at = from; i < innerSize; i++, at += innerStep)
      for (let k = 0; k < width; k++) copy[to++] = bytes[at + k]!;
    // Steps the outer axes like an odometer.
    for (let axis = shape.length - 2; axis >= 0; axis--) {
      const step = stride[axis]! * width;
      from += step;
      index[axis] = index[axis]! + 1;
      if (index[axis]! < shape[axis]!) break;
      from -= step * shape[axis]!;
      index[axis] = 0;
    }
  }
  return copy;
}
