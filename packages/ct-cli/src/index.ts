/** `@curvature-tuning/cli`: the command `ct` as functions. */
export { runCommandLine } from './commandLine.js';
export { attackCommand } from './attackCommand.js';
export type { AttackCommandSettings } from './attackCommand.js';
export type { AttackedNetwork, AttackReport } from './report/attackReport.js';
export { compareCommand } from './compareCommand.js';
export type { CompareReport, CompareSettings } from './compareCommand.js';
export { steerCommand } from './steerCommand.js';
export type { SteerSettings } from './steerCommand.js';
export type { Environment } from './report/environment.js';
export type { Reference, SeedResult, SteerReport } from './report/steerReport.js';
