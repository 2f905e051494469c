export { decodeBfloat16, encodeBfloat16 } from './bfloat16.js';
export { decodeFloat16, encodeFloat16 } from './float16.js';
export {
  decodeFloat8E4M3,
  decodeFloat8E4M3FNUZ,
  decodeFloat8E5M2,
  decodeFloat8E5M2FNUZ,
  decodeFloat8E8M0,
} from './float8.js';
export type { Fresh } from './fresh.js';
export { parseSafetensors } from './parseSafetensors.js';
export type { SafetensorsFile } from './parseSafetensors.js';
export { parseSafetensorsIndex } from './parseSafetensorsIndex.js';
export type { SafetensorsIndex } from './parseSafetensorsIndex.js';
export { SafetensorsError } from './safetensorsError.js';
export type { SafetensorsErrorCode } from './safetensorsError.js';
export type { Dtype, DtypeArrays, SafeTensor } from './safeTensor.js';
export { serializeSafetensors } from './serializeSafetensors.js';
export { TensorMap } from './tensorMap.js';
export type { Refusal } from './tensorMap.js';
export { toFloat32 } from './toFloat32.js';
