/** `@curvature-tuning/cli`: the command `ct` as functions. */
export { runCommandLine } from './commandLine.js';
export { applyCommand } from './commands/applyCommand.js';
export type { ApplySettings, Prediction } from './commands/applyCommand.js';
export { bakeCommand } from './commands/bakeCommand.js';
export type { BakeSettings } from './commands/bakeCommand.js';
export { infoCommand } from './commands/infoCommand.js';
export type { InfoSettings } from './commands/infoCommand.js';
export { attackCommand } from './commands/attackCommand.js';
export type { AttackCommandSettings } from './commands/attackCommand.js';
export type { AttackedRequest } from './robustness/attackable.js';
export type { AttackReport } from './report/attackReport.js';
export type {
  AttackedNetwork,
  Choice,
  Comparison as RobustComparison,
  Robustness,
  Share,
  Threat,
} from './robustness/robustness.js';
export { compareCommand } from './commands/compareCommand.js';
export type { CompareReport, CompareSettings } from './commands/compareCommand.js';
export { startCommand } from './commands/startCommand.js';
export type { StartSettings } from './commands/startCommand.js';
export type { AdapterRequest } from './adapter/adaptedNetwork.js';
export type { NetworkRequest } from './network/network.js';
export type { Preset } from './network/presets.js';
export type { Preprocessing } from '@curvature-tuning/data';
export type { Pooling } from '@curvature-tuning/layers/graph';
export { boardCommand } from './sweep/boardCommand.js';
export type { BoardSettings } from './sweep/boardCommand.js';
export { sweepCommand } from './sweep/sweepCommand.js';
export type { SweepSettings } from './sweep/sweepCommand.js';
export type { SweepSummary } from '@curvature-tuning/sweep';
export type { SweepPlace } from './sweep/sweepFiles.js';
export { cancelCommand, retryCommand, statusCommand, tableCommand } from './sweep/sweepStateCommands.js';
export type { SweepStatus } from './sweep/sweepStateCommands.js';
export { workerCommand } from './sweep/workerCommand.js';
export type { WorkerSettings } from './sweep/workerCommand.js';
export { steerCommand } from './commands/steerCommand.js';
export type { SteerSettings } from './commands/steerCommand.js';
export type { EpochRecord, ParameterStatistics, Solver, SteerByScoreResult, SteerStep } from '@curvature-tuning/layers';
export type { Comparison, MethodName, MethodRates } from '@curvature-tuning/lora-baseline';
export type { AutoAttackResult, AutoAttackVersion, Norm } from '@curvature-tuning/robustbench';
export type { Environment } from './report/environment.js';
export type { Outcome, Reference, SeedResult, SteerReport } from './report/steerReport.js';
export type { OwnActivation } from './network/ownActivation.js';
export type { Thumbnail } from './report/thumbnails.js';
