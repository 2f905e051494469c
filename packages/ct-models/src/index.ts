export { PaddedMaxPooling2D, paddedMaxPooling2d, registerLayers } from './paddedMaxPooling2d.js';
export type { PaddedMaxPooling2DArgs } from './paddedMaxPooling2d.js';
export { loadPretrained, pretrainedWeights } from './pretrained.js';
export type { LoadPretrainedOptions } from './pretrained.js';
export { resnet, resnet8, resnet14, resnet18, resnet20, resnet34, resnet50, resnet101, resnet152 } from './resnet.js';
export type { PretrainedWeights, ResNetArchitecture, ResNetOptions } from './resnet.js';
export { loadTorchWeights } from './weights/loadTorchWeights.js';
export type { LoadTorchWeightsOptions, LoadTorchWeightsReport } from './weights/loadTorchWeights.js';
export { toTorchWeights } from './weights/toTorchWeights.js';
