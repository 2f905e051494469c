export type { SafeTensor } from '@curvature-tuning/safetensors';
export { isTorchFile } from './fileFormat.js';
export { parseTorchFile } from './parseTorchFile.js';
export type { ParseTorchFileOptions, TorchFile } from './parseTorchFile.js';
export { TorchFileError } from './torchFileError.js';
export type { FilePlace, TorchFileErrorCode } from './torchFileError.js';
