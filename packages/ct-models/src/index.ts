export {
  PaddedMaxPooling2D,
  paddedMaxPooling2d,
  registerLayers,
  type PaddedMaxPooling2DArgs,
} from './paddedMaxPooling2d.js';
export { loadPretrained, pretrainedWeights, type LoadPretrainedOptions } from './pretrained.js';
export {
  resnet,
  resnet8,
  resnet14,
  resnet18,
  resnet20,
  resnet34,
  resnet50,
  resnet101,
  resnet152,
  type PretrainedWeights,
  type ResNetArchitecture,
  type ResNetOptions,
} from './resnet.js';
export {
  loadTorchWeights,
  type LoadTorchWeightsOptions,
  type LoadTorchWeightsReport,
} from './weights/loadTorchWeights.js';
export { toTorchWeights } from './weights/toTorchWeights.js';
