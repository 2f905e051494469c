export type { FileSource } from '@curvature-tuning/files';
export type { CachedFileProgress } from '@curvature-tuning/files/cached';
export type { BuildModel, PretrainedWeights, PublishedRobustness } from './building/family.js';
export type { InputShape, ModelOptions } from './building/modelOptions.js';
export { createModel, listModels } from './createModel.js';
export type { CreateModelOptions } from './createModel.js';
export { cifarResnet } from './families/cifarResnet.js';
export type { CifarResNetName } from './families/cifarResnet.js';
export { dmPreActResnet, dmWideResnet } from './families/dmResnet.js';
export type { DMResNetOptions } from './families/dmResnet.js';
export { efficientnet } from './families/efficientnet.js';
export type { EfficientNetName, EfficientNetOptions } from './families/efficientnet.js';
export { mobilenetV2 } from './families/mobilenetV2.js';
export { mobilenetV3 } from './families/mobilenetV3.js';
export type { MobileNetV3Name } from './families/mobilenetV3.js';
export { preActResnet } from './families/preActResnet.js';
export type { PreActResNetName, PreActResNetOptions } from './families/preActResnet.js';
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
} from './families/resnet.js';
export type { ResNetArchitecture, ResNetOptions } from './families/resnet.js';
export { vgg } from './families/vgg.js';
export type { VggName, VggOptions } from './families/vgg.js';
export { wideResnet } from './families/wideResnet.js';
export type { WideResNetSize } from './families/wideResnet.js';
export { swinB, swinS, swinT } from './families/swin.js';
export type { SwinOptions } from './families/swin.js';
export { convnextBase, convnextLarge, convnextSmall, convnextTiny } from './families/convnext.js';
export type { ConvNextOptions } from './families/convnext.js';
export { LastAxisNormalization, lastAxisNormalization } from './layers/lastAxisNormalization.js';
export type { LastAxisNormalizationArgs } from './layers/lastAxisNormalization.js';
export { LayerScale, layerScale } from './layers/layerScale.js';
export type { LayerScaleArgs } from './layers/layerScale.js';
export { PatchMerging, patchMerging } from './layers/patchMerging.js';
export type { PatchMergingArgs } from './layers/patchMerging.js';
export { ShiftedWindowAttention, shiftedWindowAttention } from './layers/shiftedWindowAttention.js';
export type { ShiftedWindowAttentionArgs } from './layers/shiftedWindowAttention.js';
export { StochasticDepth, stochasticDepth } from './layers/stochasticDepth.js';
export type { StochasticDepthArgs } from './layers/stochasticDepth.js';
export { AdaptiveAveragePooling2D, adaptiveAveragePooling2d } from './layers/adaptiveAveragePooling2d.js';
export type { AdaptiveAveragePooling2DArgs } from './layers/adaptiveAveragePooling2d.js';
export { HardSigmoid, hardSigmoid } from './layers/hardSigmoid.js';
export type { HardSigmoidArgs } from './layers/hardSigmoid.js';
export { PaddedMaxPooling2D, paddedMaxPooling2d } from './layers/paddedMaxPooling2d.js';
export type { PaddedMaxPooling2DArgs } from './layers/paddedMaxPooling2d.js';
export { Standardize, standardize } from './layers/standardize.js';
export type { StandardizeArgs } from './layers/standardize.js';
export { registerLayers } from './layers/registerLayers.js';
export { fetchWeights, loadPretrained, pretrainedWeights } from './pretrained.js';
export type { FetchWeightsOptions, LoadPretrainedOptions, WeightsFile } from './pretrained.js';
export type { Preprocessing } from '@curvature-tuning/data';
export type { Drawable, ImageDataLike, ImageSource } from './preprocess/pixelsOf.js';
export { preprocess } from './preprocess/preprocess.js';
export { preprocessingOf } from './preprocess/preprocessingOf.js';
export type { SafeTensor } from '@curvature-tuning/safetensors';
export { loadTorchWeights } from './weights/loadTorchWeights.js';
export type { LoadTorchWeightsOptions, LoadTorchWeightsReport, MisshapedEntry } from './weights/loadTorchWeights.js';
export { toTorchWeights } from './weights/toTorchWeights.js';
