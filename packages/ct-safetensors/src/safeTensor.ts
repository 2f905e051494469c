/**
 * What a tensor in a `.safetensors` file is: a dtype, a shape and a typed array. Floats below 32 bits have no typed
 * array of their own in JavaScript (`Float16Array` is too new), so they stay as their raw bits until `toFloat32` is
 * asked for numbers; those below 8 bits stay packed as the file has them.
 */

import { SafetensorsError } from './safetensorsError.js';

/**
 * The typed array that holds each dtype. `F16`, `BF16` and the `F8_*` are raw bits, one element each; `F4` and the
 * `F6_*` are bytes into which elements are packed, two in one and four in three; `C64` is real and imaginary parts in
 * turn, two an element; `BOOL` is bytes 0 and 1.
 */
export interface DtypeArrays {
  BOOL: Uint8Array;
  F4: Uint8Array;
  F6_E2M3: Uint8Array;
  F6_E3M2: Uint8Array;
  U8: Uint8Array;
  I8: Int8Array;
  F8_E5M2: Uint8Array;
  F8_E4M3: Uint8Array;
  F8_E8M0: Uint8Array;
  F8_E4M3FNUZ: Uint8Array;
  F8_E5M2FNUZ: Uint8Array;
  I16: Int16Array;
  U16: Uint16Array;
  F16: Uint16Array;
  BF16: Uint16Array;
  I32: Int32Array;
  U32: Uint32Array;
  F32: Float32Array;
  C64: Float32Array;
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
  readonly name: string;
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): A;
}

/** How a dtype is stored: the bits of an element, and the array class over them. */
interface Storage<A> {
  readonly bits: number;
  readonly array: DtypeArrayConstructor<A>;
}

/**
 * Every dtype of the format, in the reference implementation's order (`Dtype` in safetensors/src/tensor.rs, 0.8.0):
 * its writer stores the last of these first, so that wide elements come before narrow ones and stay aligned.
 */
export const dtypes: { readonly [K in Dtype]: Storage<DtypeArrays[K]> } = {
  BOOL: { bits: 8, array: Uint8Array },
  F4: { bits: 4, array: Uint8Array },
  F6_E2M3: { bits: 6, array: Uint8Array },
  F6_E3M2: { bits: 6, array: Uint8Array },
  U8: { bits: 8, array: Uint8Array },
  I8: { bits: 8, array: Int8Array },
  F8_E5M2: { bits: 8, array: Uint8Array },
  F8_E4M3: { bits: 8, array: Uint8Array },
  F8_E8M0: { bits: 8, array: Uint8Array },
  F8_E4M3FNUZ: { bits: 8, array: Uint8Array },
  F8_E5M2FNUZ: { bits: 8, array: Uint8Array },
  I16: { bits: 16, array: Int16Array },
  U16: { bits: 16, array: Uint16Array },
  F16: { bits: 16, array: Uint16Array },
  BF16: { bits: 16, array: Uint16Array },
  I32: { bits: 32, array: Int32Array },
  U32: { bits: 32, array: Uint32Array },
  F32: { bits: 32, array: Float32Array },
  C64: { bits: 64, array: Float32Array },
  F64: { bits: 64, array: Float64Array },
  I64: { bits: 64, array: BigInt64Array },
  U64: { bits: 64, array: BigUint64Array },
};

/** Tells whether a value names a dtype that this package reads and writes. */
export function isDtype(name: unknown): name is Dtype {
  return typeof name === 'string' && Object.hasOwn(dtypes, name);
}

/**
 * Counts the bytes of a tensor: the product of its dimensions times the width of its dtype.
 *
 * @param subject Begins the message of an error, such as `parseSafetensors: tensor "fc.weight"`.
 * @throws SafetensorsError `overflow` where the count exceeds 2^53 - 1, even if a later dimension is 0;
 * `size-mismatch` where elements below 8 bits do not fill their last byte.
 */
export function byteLengthOf(dtype: Dtype, shape: readonly number[], subject: string): number {
  const { bits } = dtypes[dtype];
  let elements = 1;
  for (const size of shape) {
    elements *= size;
    if (!Number.isSafeInteger(elements) || (elements * bits) / 8 > Number.MAX_SAFE_INTEGER) {
      throw new SafetensorsError('overflow', `${subject}: shape [${excerptOf(shape)}] needs more than 2^53 - 1 bytes`);
    }
  }
  const bytes = (elements * bits) / 8;
  if (!Number.isInteger(bytes)) {
    throw new SafetensorsError(
      'size-mismatch',
      `${subject}: ${dtype} of shape [${excerptOf(shape)}] takes ${elements * bits} bits, which do not end at a byte`,
    );
  }
  return bytes;
}

function excerptOf(shape: readonly number[]): string {
  return shape.length > 8 ? `${shape.slice(0, 8).join(', ')}, ...` : shape.join(', ');
}
