/**
 * Adversarial and common-corruption robustness of any function from images to logits. What needs a disk is in
 * `@curvature-tuning/robustbench/node`.
 */
export type { AutoAttackOptions, AutoAttackResult } from './evaluation/autoAttack.js';
export type { Labels, Progress, TensorLike } from '@curvature-tuning/checks';
export type { Examples, LabelledImages } from '@curvature-tuning/data';
export type { AttackProgress } from './evaluation/evaluation.js';
export { autoAttack } from './evaluation/autoAttack.js';
export type { ImageFunction, Model, Predictor } from './model/attackedModel.js';
export type { LayerLike, LayersModelLike } from './model/inputGradientsOnly.js';
export type { Normalization } from './model/normalized.js';
export { normalized } from './model/normalized.js';
export type { Norm } from './geometry/norm.js';
export type { StateStore } from './evaluation/runState.js';
export type { AttackName, AttackSettings, AutoAttackVersion } from './evaluation/versions.js';
export type { ApgdSettings } from './attacks/apgd.js';
export type { ApgdTargetedSettings } from './attacks/apgdTargeted.js';
export type { FabSettings } from './attacks/fab.js';
export type { PgdSettings } from './attacks/pgd.js';
export type { SquareSettings } from './attacks/square/square.js';
export type { Audit } from './evaluation/audit.js';
export type { RobustnessWarning, WarningCode } from './evaluation/warning.js';
export type { AdversarialExamples, ExamplesResult } from './evaluation/adversarialExamples.js';
export { parseAdversarialExamples, serializeAdversarialExamples } from './evaluation/adversarialExamples.js';
export type { CorruptionType } from '@curvature-tuning/data';
export { CORRUPTIONS } from '@curvature-tuning/data';
export type { CorruptionVariant } from './corruptions/parameters.js';
export { ALEXNET_ERRORS } from './corruptions/parameters.js';
export type { CorruptOptions } from './corruptions/corrupt.js';
export { corrupt } from './corruptions/corrupt.js';
export type {
  CorruptedBatch,
  CorruptedBatches,
  CorruptedBatchesOptions,
  CorruptionProgress,
  CorruptionResult,
  EvaluateCorruptionsOptions,
} from './corruptions/evaluateCorruptions.js';
export { corruptedBatches, evaluateCorruptions } from './corruptions/evaluateCorruptions.js';
export type { BenchmarkOptions, RobustBenchRecord, ThreatModel } from './benchmark/benchmark.js';
export { benchmark } from './benchmark/benchmark.js';
export type { LeaderboardOptions } from './benchmark/leaderboard.js';
export { leaderboard } from './benchmark/leaderboard.js';
export type { RobustScore, RobustScoreFunction, RobustScoreOptions } from './benchmark/robustScore.js';
export { robustScore } from './benchmark/robustScore.js';
export { signTest } from './benchmark/signTest.js';
export { wilsonInterval } from './benchmark/wilson.js';
