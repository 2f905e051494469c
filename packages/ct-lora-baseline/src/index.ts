/** `@curvature-tuning/lora-baseline`: LoRA for tfjs-layers models, and a fair comparison with Curvature Tuning. */
export type { LoraModel, LoraOptions } from './applyLora.js';
export { applyLora } from './applyLora.js';
export { LoraConv2D } from './loraConv2d.js';
export { LoraDense } from './loraDense.js';
export { LoraDepthwiseConv2D } from './loraDepthwiseConv2d.js';
export type { LoraLayer, LoraMatcher, LoraSite } from './loraSite.js';
export { loraLayers } from './loraSite.js';
export type { LowRank, LowRankArgs } from './lowRank.js';
export { mergeLora, removeLora, unmergeLora } from './mergeLora.js';
export type { GetLoraAdapterOptions, LoraAdapter, ModuleNames, PeftTensor } from './peftAdapter.js';
export { applyLoraAdapter, getLoraAdapter } from './peftAdapter.js';
export type { PeftConfig } from './peftConfig.js';
export type { LoraFiles } from './peftFile.js';
export { loadLora, saveLora } from './peftFile.js';
export type { KernelLayer } from './stockLayer.js';
export type { TuneLoraOptions, TuneLoraResult } from './tuneLora.js';
export { tuneLora } from './tuneLora.js';
