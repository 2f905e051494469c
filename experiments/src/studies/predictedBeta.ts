/**
 * Betas predicted from what a frozen network's activations get, without training: four statistics for each of three
 * stages, ridge regression, each transfer predicted from the others; beside the grid's choice, and beside one beta for
 * all. The grid is that of `calibration`.
 *
 *     npm run evidence -- --only calibration,predicted-beta
 *
 * Expected time: 1 minute on two quiet cores after `calibration`. Expected numbers: none; whatever comes out is told.
 */
import { predictedReport } from '../report/predictedReport.js';
import type { Study } from './study.js';
import { TRANSFERS } from './study.js';

/** The statistics of each transfer. */
export const predictedBeta: Study = {
  name: 'predicted-beta',
  title: 'Predicted beta',
  cells: ({ seeds }) =>
    TRANSFERS.map(({ network, data, train }) => ({
      kind: 'statistics',
      base: { network, data, train },
      over: { seed: seeds },
    })),
  report: predictedReport,
};
