/** `@curvature-tuning/lora-baseline`: LoRA for tfjs-layers models, and a fair comparison with Curvature Tuning. */
export type {
  ActivationKind,
  AdaptationStep,
  Adapted,
  EpochRecord,
  Examples,
  FitClassifierOptions,
  FittedClassifier,
  LearningRates,
  LinearProbeOptions,
  LinearProbeResult,
  PredictedClasses,
  Progress,
  Solver,
  SteerStep,
  TrainingExamples,
} from '@curvature-tuning/layers';
export type { Finishing } from '@curvature-tuning/layers/training';
export type { Fresh } from '@curvature-tuning/safetensors';
export type { LoraModel, LoraOptions } from './lora/applyLora.js';
export { applyLora } from './lora/applyLora.js';
export type { Cell, CellKey, CellSpecification, CellStore } from './compare/cell.js';
export { cellSchema, checkCell } from './compare/cell.js';
export type {
  CellBegun,
  CompareOptions,
  CompareProgress,
  Comparison,
  ComparisonData,
} from './compare/compareMethods.js';
export { compareMethods } from './compare/compareMethods.js';
export type { ComparisonRow, Spread } from './compare/comparisonRow.js';
export { comparisonTable } from './compare/comparisonTable.js';
export { linearProbe } from '@curvature-tuning/layers';
export { LoraConv2D } from './lora/loraConv2d.js';
export { LoraDense } from './lora/loraDense.js';
export { LoraDepthwiseConv2D } from './lora/loraDepthwiseConv2d.js';
export type { LoraLayer, LoraMatcher, LoraSite } from './lora/loraSite.js';
export { loraLayers } from './lora/loraSite.js';
export type { LowRank, LowRankArgs } from './lora/lowRank.js';
export type { RemoveLoraOptions } from './lora/mergeLora.js';
export { mergeLora, removeLora, unmergeLora } from './lora/mergeLora.js';
export type { Method, MethodName, MethodOutcome, MethodRates, MethodRun } from './compare/methods.js';
export { methods, methodsFor } from './compare/methods.js';
export { measurePeakBytes } from './compare/peakBytes.js';
export { applyLoraAdapter } from './peft/applyLoraAdapter.js';
export type { GetLoraAdapterOptions } from './peft/getLoraAdapter.js';
export { getLoraAdapter } from './peft/getLoraAdapter.js';
export type { LoraAdapter, ModuleNames, PeftTensor } from './peft/peftAdapter.js';
export type { PeftConfig } from './peft/peftConfig.js';
export type { TargetRules } from './peft/peftTargets.js';
export type { LoraFiles } from './peft/peftFile.js';
export { loadLora, saveLora } from './peft/peftFile.js';
export type { KernelLayer } from './lora/stockLayer.js';
export type { TuneLoraOptions, TuneLoraResult } from './lora/tuneLora.js';
export { tuneLora } from './lora/tuneLora.js';
