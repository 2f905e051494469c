/**
 * The studies, in the order of the report.
 */
import { ablationC } from './ablationC.js';
import { adversarialTct } from './adversarialTct.js';
import { autoattack } from './autoattack.js';
import { calibration } from './calibration.js';
import { figures } from './figures.js';
import { films } from './films.js';
import { gelu } from './gelu.js';
import { loraRanks } from './loraRanks.js';
import { predictedBeta } from './predictedBeta.js';
import { pretrain } from './pretrain.js';
import { robustness } from './robustness.js';
import type { Study } from './study.js';
import { transfer } from './transfer.js';
import { transferredRobustness } from './transferredRobustness.js';

/** All of them. */
export const studies: readonly Study[] = [
  transfer,
  calibration,
  predictedBeta,
  robustness,
  autoattack,
  transferredRobustness,
  adversarialTct,
  loraRanks,
  ablationC,
  gelu,
  pretrain,
  figures,
  films,
];
