/**
 * `@curvature-tuning/cli/cells`: the kinds of cells that `ct sweep` knows by itself.
 */
import type { CellKinds } from '@curvature-tuning/sweep';
import { transfer } from './transferCell.js';

export type { Examples } from '@curvature-tuning/layers';
export type { MethodName, MethodRates, MethodRun } from '@curvature-tuning/lora-baseline';
export type { CellKinds, Json } from '@curvature-tuning/sweep';
export type { AdaptedScore, TransferRun } from './adaptAndScore.js';
export { adaptAndScore, bitsOf } from './adaptAndScore.js';
export { ratesOf } from './transferCell.js';
export { useBackend } from '../options/backend.js';

/** What a sweep's `kind` may be unless another module is named. */
export const cells: CellKinds = { transfer };
