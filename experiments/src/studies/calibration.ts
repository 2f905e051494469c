/**
 * What steering gains beside calibration alone: a probe at every beta, with normalisation as it was and re-estimated on
 * the training images, on every transfer; under attack, the cells of `robustness` say the same.
 *
 *     npm run evidence -- --only calibration
 *
 * Expected time: 4 minutes on two quiet cores. Expected numbers: README.md has +0.0 to +0.7 points at a head at its
 * optimum, within chance.
 */
import { calibrationReport } from '../report/calibrationReport.js';
import type { Study } from './study.js';
import { onTransfers } from './study.js';

/** The grid of the studies on beta. */
const GRID = [1, 0.95, 0.9, 0.8, 0.7, 0.6];

/** Six betas on five transfers, as given and calibrated. */
export const calibration: Study = {
  name: 'calibration',
  title: 'Calibration, and what steering adds to it',
  cells: ({ seeds }) =>
    onTransfers('steered', { beta: GRID, calibrated: [false, true], seed: seeds }, { coeff: 0.5, protocol: 'strict' }),
  report: calibrationReport,
};
