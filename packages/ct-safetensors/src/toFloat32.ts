/**
 * Numbers out of any float dtype, for a consumer that computes in float32 as TensorFlow.js does.
 */

import { decodeBfloat16 } from './bfloat16.js';
import { decodeFloat16 } from './float16.js';
import { decodeFloat8E4M3, decodeFloat8E5M2 } from './float8.js';
import type { SafeTensor } from './safeTensor.js';

/**
 * Converts a float tensor to float32: exact from `F8_E4M3`, `F8_E5M2`, `F16` and `BF16`, rounded to nearest
 * from `F64`.
 *
 * @returns The tensor's own array for `F32` (no copy), a fresh one otherwise.
 * @throws TypeError for `BOOL` and integers: read their `data`, which already holds numbers.
 */
export function toFloat32(tensor: SafeTensor): Float32Array {
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
    default:
      throw new TypeError(`toFloat32: expected a float dtype, got ${tensor.dtype}; read tensor.data`);
  }
}
