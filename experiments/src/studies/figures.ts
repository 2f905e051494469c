/**
 * The reference's demonstrations and figures: the decision boundary of a spiral over beta, a sine, circles under ReLU,
 * LoRA and T-CT; learnt beta and c; the activation itself.
 *
 *     npm run evidence -- --only figures
 *
 * Expected time: 2 minutes on two quiet cores. Expected numbers: the smaller beta, the smoother the boundary.
 */
import { demonstrationsReport } from '../report/demonstrationsReport.js';
import type { Study } from './study.js';

/** The demonstrations, and what T-CT learns. */
export const figures: Study = {
  name: 'figures',
  title: 'Demonstrations',
  cells: ({ seeds, epochs }) => [
    { kind: 'toy', base: { seed: 1 }, over: { task: ['spiral', 'sine'], steps: [1500] } },
    { kind: 'toy', base: { seed: 1, task: 'circles', steps: 500 } },
    {
      kind: 'curvature',
      base: { network: 'resnet14.mnist', data: 'digits', train: 320, test: 797, epochs },
      over: { seed: seeds },
    },
  ],
  report: demonstrationsReport,
};
