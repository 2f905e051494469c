/**
 * Experiment E3 of the reference: LoRA of ranks 1, 2 and 4 at ratios alpha/rank of 1, 2 and 4; the ratio chosen on test
 * images, as the reference does (quirk Q14), and on validation images; at its rate, 1e-4, and at 1e-3.
 *
 *     npm run evidence -- --only lora-ranks
 *
 * Expected time: 2 minutes on two quiet cores. Expected numbers: none are published; at 1e-4 LoRA hardly trains.
 */
import { loraReport } from '../report/loraReport.js';
import type { Study } from './study.js';

/** Three ranks, three ratios, two rates. */
export const loraRanks: Study = {
  name: 'lora-ranks',
  title: 'LoRA: rank and ratio, chosen on test and on validation',
  cells: ({ seeds, epochs }) => [
    {
      kind: 'lora',
      base: { network: 'resnet14.mnist', data: 'digits', epochs, train: 320, test: 797 },
      over: { rank: [1, 2, 4], ratio: [1, 2, 4], rate: [1e-4, 1e-3], seed: seeds },
    },
  ],
  report: loraReport,
};
