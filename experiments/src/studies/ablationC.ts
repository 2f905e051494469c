/**
 * Experiment E4 of the reference: S-CT at c = 0, 0.5 and 1, over beta, by the reference's probe.
 *
 *     npm run evidence -- --only ablation-c
 *
 * Expected time: 2 minutes on two quiet cores. Expected numbers: c = 0.5 above 1 and 0, says a third party of the
 * paper.
 */
import { ablationReport } from '../report/ablationReport.js';
import type { Study } from './study.js';

/** Beta and c crossed, on the MNIST network to digits. */
export const ablationC: Study = {
  name: 'ablation-c',
  title: 'Ablation of c',
  cells: ({ seeds }) => [
    {
      kind: 'steered',
      base: { network: 'resnet14.mnist', data: 'digits', train: 320, test: 797, protocol: 'paper', calibrated: false },
      over: { beta: [0.6, 0.7, 0.8, 0.9, 0.95, 0.99], coeff: [0, 0.5, 1], seed: seeds },
    },
    {
      kind: 'steered',
      base: { network: 'resnet14.mnist', data: 'digits', train: 320, test: 797, protocol: 'paper', calibrated: false },
      over: { beta: [1], coeff: [0.5], seed: seeds },
    },
  ],
  report: ablationReport,
};
