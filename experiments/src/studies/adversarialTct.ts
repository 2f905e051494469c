/**
 * (beta, c) trained on adversarial examples, attacked before and after; the control is trained on the clean images as
 * long. The twin takes the bundled network; the network that steering hurts, adversarially trained, is a real one.
 *
 *     npm run evidence -- --only adversarial-tct
 *
 * Expected time: 2 minutes on two quiet cores. Expected numbers: none; whatever comes out is told.
 */
import { adversarialReport } from '../report/adversarialReport.js';
import type { Study } from './study.js';

/** T-CT on adversarial examples beside its control. */
export const adversarialTct: Study = {
  name: 'adversarial-tct',
  title: 'T-CT on adversarial examples',
  cells: ({ seeds, epochs }) => [
    {
      kind: 'hardened',
      base: {
        network: 'resnet14.mnist',
        data: 'digits',
        norm: 'Linf',
        eps: 0.03,
        images: 40,
        train: 160,
        rounds: 1,
        epochs,
      },
      over: { examples: ['adversarial', 'clean'], seed: seeds },
    },
  ],
  report: adversarialReport,
};
