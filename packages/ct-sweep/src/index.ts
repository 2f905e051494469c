/**
 * `@curvature-tuning/sweep`: cells, the folder of their results, and the engine that needs nothing but a disk.
 */
export type { Progress } from '@curvature-tuning/checks';
export type { Cell, CellContext, CellKind, CellKinds, CellSpec, Json } from './cell/cell.js';
export { hashOfCell, titleOfCell } from './cell/cell.js';
export { loadKinds } from './cell/loadKinds.js';
export type { CellGrid, CellLimits, PlannedCell, Sweep } from './cell/sweep.js';
export { cellsOf, parseSweep } from './cell/sweep.js';
export type { RunningCell, SweepProgress } from './engines/progressOf.js';
export type { CellEvent, RunSweepOptions, SweepSummary } from './engines/runSweep.js';
export { runSweep } from './engines/runSweep.js';
export type { CellCosts, CellFailure, CellResult } from './folder/records.js';
export { readPlan, writePlan } from './folder/planFile.js';
export type { Written } from './folder/sweepFolder.js';
export { SweepFolder } from './folder/sweepFolder.js';
export type { CellEnd } from './run/runCell.js';
export type { SlurmOptions } from './slurm/slurmScript.js';
export { slurmScript } from './slurm/slurmScript.js';
