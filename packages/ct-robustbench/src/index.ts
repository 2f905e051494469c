/**
 * Adversarial and common-corruption robustness of any function from images to logits. What needs a disk is in
 * `@curvature-tuning/robustbench/node`.
 */
export type { AttackProgress, AutoAttackOptions, AutoAttackResult } from './autoAttack.js';
export { autoAttack } from './autoAttack.js';
export type { ImageFunction, Model, Predictor } from './attackedModel.js';
export type { LayersModelLike } from './inputGradientsOnly.js';
export { normalized } from './normalized.js';
export type { Norm } from './norm.js';
export type { StateStore } from './runState.js';
export type { AttackName, AttackSettings, AutoAttackVersion } from './versions.js';
export type { ApgdSettings } from './attacks/apgd.js';
export type { ApgdTargetedSettings } from './attacks/apgdTargeted.js';
export type { FabSettings } from './attacks/fab.js';
export type { PgdSettings } from './attacks/pgd.js';
export type { SquareSettings } from './attacks/square.js';
export type { Audit } from './audit.js';
export type { RobustnessWarning, WarningCode } from './warning.js';
export type { AdversarialExamples } from './adversarialExamples.js';
export { parseAdversarialExamples, serializeAdversarialExamples } from './adversarialExamples.js';
export type { CorruptionType, CorruptionVariant } from './corruptions/parameters.js';
export { alexnetErrors, corruptionTypes } from './corruptions/parameters.js';
export type { CorruptOptions } from './corruptions/corrupt.js';
export { corrupt } from './corruptions/corrupt.js';
export type {
  CorruptedBatch,
  CorruptionResult,
  EvaluateCorruptionsOptions,
} from './corruptions/evaluateCorruptions.js';
export { corruptedBatches, evaluateCorruptions } from './corruptions/evaluateCorruptions.js';
export type { BenchmarkOptions, RobustBenchRecord, ThreatModel } from './benchmark.js';
export { benchmark } from './benchmark.js';
export type { LeaderboardOptions } from './leaderboard.js';
export { leaderboard } from './leaderboard.js';
export type { RobustScore, RobustScoreFunction, RobustScoreOptions } from './robustScore.js';
export { robustScore } from './robustScore.js';
export { wilsonInterval } from './wilson.js';
