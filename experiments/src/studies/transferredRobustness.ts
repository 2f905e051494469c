/**
 * Experiment E5 of the reference: networks that were transferred, under attack, on images of the size that they were
 * trained on (the reference attacks at another one, quirk Q16).
 *
 *     npm run evidence -- --only transferred-robustness
 *
 * Expected time: 2 minutes on two quiet cores. Expected numbers: none are published.
 */
import { transferredReport } from '../report/transferredReport.js';
import type { Study } from './study.js';

/** Four methods, attacked after the transfer. */
export const transferredRobustness: Study = {
  name: 'transferred-robustness',
  title: 'Transferred robustness',
  cells: ({ seeds, epochs }) => [
    {
      kind: 'transferred',
      base: { network: 'resnet14.mnist', data: 'digits', epochs, train: 320, norm: 'Linf', eps: 0.03, images: 40 },
      over: { method: ['probe', 'bn', 'tct', 'lora'], protocol: ['paper', 'strict'], seed: seeds },
    },
  ],
  report: transferredReport,
};
