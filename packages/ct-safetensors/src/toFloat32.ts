/**
 * Numbers out of any float dtype, for a consumer that computes in float32 as TensorFlow.js does.
 */

import { checkArray, kindOf } from './arrayKind.js';
import { decodeBfloat16 } from './bfloat16.js';
import { decodeFloat16 } from './float16.js';
import {
  decodeFloat8E4M3,
  decodeFloat8E4M3FNUZ,
  decodeFloat8E5M2,
  decodeFloat8E5M2FNUZ,
  decodeFloat8E8M0,
} from './float8.js';
import type { SafeTensor } from './safeTensor.js';
import { dtypes, isDtype } from './safeTensor.js';

/**
 * Converts a float tensor to float32: exact from the `F8_*`, `F16` and `BF16`, rounded to nearest from `F64`.
 *
 * @returns The tensor's own array for `F32` (no copy), a fresh one otherwise.
 * @throws TypeError for `BOOL` and integers, whose `data` already holds numbers; for `C64`, whose `data` holds pairs of
 * them; and for `F4` and `F6_*`, in which order elements of less than a byte are packed being left to their writers.
 */
export function toFloat32(tensor: SafeTensor): Float32Array {
  // Callers without TypeScript can pass anything here.
  const given: unknown = tensor;
  if (typeof given !== 'object' || given === null || !('dtype' in given) || !isDtype(given.dtype)) {
    const got =
      typeof given === 'object' && given !== null && 'dtype' in given ? `dtype ${kindOf(given.dtype)}` : kindOf(given);
    throw new TypeError(`toFloat32: expected a tensor as parseSafetensors gives it, got ${got}`);
  }
  checkArray(`toFloat32: the data of ${tensor.dtype}`, dtypes[tensor.dtype].array.name, tensor.data);
  switch (tensor.dtype) {
    case 'F32':
      return tensor.data;
    case 'F64':
      return Float32Array.from(tensor.data);
    case 'F16':
      return decodeFloat16(tensor.data);
    case 'BF16':
      return decodeBfloat16(tensor.data);
    case 'F8_E4M3':
      return decodeFloat8E4M3(tensor.data);
    case 'F8_E5M2':
      return decodeFloat8E5M2(tensor.data);
    case 'F8_E4M3FNUZ':
      return decodeFloat8E4M3FNUZ(tensor.data);
    case 'F8_E5M2FNUZ':
      return decodeFloat8E5M2FNUZ(tensor.data);
    case 'F8_E8M0':
      return decodeFloat8E8M0(tensor.data);
    default:
      throw new TypeError(`toFloat32: expected real floats of at least 8 bits, got ${tensor.dtype}; read tensor.data`);
  }
}
