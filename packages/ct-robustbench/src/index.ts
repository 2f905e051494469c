/**
 * Adversarial and common-corruption robustness of any function from images to logits. What needs a disk is in
 * `@curvature-tuning/robustbench/node`.
 */
export type { AttackProgress, AutoAttackOptions, AutoAttackResult } from './autoAttack.js';
export { autoAttack } from './autoAttack.js';
export type { ImageFunction, Model, Predictor } from './attackedModel.js';
export type { Norm } from './norm.js';
export type { StateStore } from './runState.js';
export type { AttackName, AttackSettings, AutoAttackVersion } from './versions.js';
export type { RobustnessWarning, WarningCode } from './warning.js';
