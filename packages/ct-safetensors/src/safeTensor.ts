/**
 * What a tensor in a `.safetensors` file is: a dtype, a shape and a typed array. Half precision and 8-bit floats
 * have no typed array of their own in JavaScript (`Float16Array` is too new), so they stay as their raw bits until
 * `toFloat32` is asked for numbers.
 */

import { SafetensorsError } from './safetensorsError.js';

/** The typed array that holds each dtype; `F16`, `BF16`, `F8_E4M3` and `F8_E5M2` are raw bits, `BOOL` bytes 0 and 1. */
export interface DtypeArrays {
  BOOL: Uint8Array;
  U8: Uint8Array;
  I8: Int8Array;
  F8_E5M2: Uint8Array;
  F8_E4M3: Uint8Array;
  I16: Int16Array;
  U16: Uint16Array;
  F16: Uint16Array;
  BF16: Uint16Array;
  I32: Int32Array;
  U32: Uint32Array;
  F32: Float32Array;
  F64: Float64Array;
  I64: BigInt64Array;
  U64: BigUint64Array;
}

/** The name of a dtype as the file spells it, such as `F32` or `BF16`. */
export type Dtype = keyof DtypeArrays;

/** A tensor in row-major order, discriminated by `dtype`: checking `dtype === 'F32'` types `data`. */
export type SafeTensor<D extends Dtype = Dtype> = {
  [K in D]: { readonly dtype: K; readonly shape: readonly number[]; readonly data: DtypeArrays[K] };
}[D];

/** Constructs the typed array of a dtype over bytes that exist. */
export interface DtypeArrayConstructor<A> {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
}

/**
 * The array class of every dtype, in the reference implementation's order (`Dtype` in safetensors/src/tensor.rs):
 * its writer stores the last of these first, so that wide elements come before narrow ones and stay aligned.
 */
export const dtypeArrays: { readonly [K in Dtype]: DtypeArrayConstructor<DtypeArrays[K]> } = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  F8_E5M2: Uint8Array,
  F8_E4M3: Uint8Array,
  I16: Int16Array,
  U16: Uint16Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  F32: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
};

/** Tells whether a string names a dtype that this package reads and writes. */
export function isDtype(name: string): name is Dtype {
  return Object.hasOwn(dtypeArrays, name);
}

/**
 * Counts the bytes of a tensor: the product of its dimensions times the width of its dtype.
 *
 * @param subject Begins the message of an error, such as `parseSafetensors: tensor "fc.weight"`.
 * @throws SafetensorsError `overflow` where the count exceeds 2^53 - 1, even if a later dimension is 0.
 */
export function byteLengthOf(dtype: Dtype, shape: readonly number[], subject: string): number {
  let bytes = dtypeArrays[dtype].BYTES_PER_ELEMENT;
  for (const size of shape) {
    bytes *= size;
    if (!Number.isSafeInteger(bytes)) {
      throw new SafetensorsError('overflow', `${subject}: shape [${excerptOf(shape)}] needs more than 2^53 - 1 bytes`);
    }
  }
  return bytes;
}

function excerptOf(shape: readonly number[]): string {
  return shape.length > 8 ? `${shape.slice(0, 8).join(', ')}, ...` : shape.join(', ');
}
