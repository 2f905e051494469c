/**
 * The kinds of cells of the experiments: `ct sweep FILE --cells experiments/dist/cells/index.js`.
 */
import type { CellKinds } from '@curvature-tuning/sweep';
import { paperKinds } from '../paper/paperKinds.js';
import { film } from './film.js';
import { pretrain } from './pretrain.js';
import { attacked, corrupted, hardened, transferred } from './robustness.js';
import { statistics } from './statistics.js';
import { steered } from './steered.js';
import { toy } from './toy.js';
import { curvature, lora, transfer } from './transfer.js';

/** By the name that a sweep's `kind` gives. */
export const cells: CellKinds = {
  transfer,
  curvature,
  lora,
  steered,
  attacked,
  corrupted,
  transferred,
  hardened,
  pretrain,
  statistics,
  toy,
  film,
  ...paperKinds,
};
