/**
 * AutoAttack standard, whose four attacks take seconds an image: the calibrated network with the head it came with,
 * as it is and at the beta that held-out images chose in `robustness`. What its three short attacks leave too much
 * stands beside.
 *
 *     npm run evidence -- --only autoattack
 *
 * Expected time: 1 minute on two quiet cores for 10 images; with `--full`, 100 images, 10 minutes.
 * Expected numbers: README.md has 48 % calibrated and 62 % steered as well, Linf 0.03, 100 images.
 */
import { autoattackReport } from '../report/autoattackReport.js';
import { THREATS } from './robustness.js';
import type { Study } from './study.js';

/** Two networks under two threats, one seed: the images are the same for all. */
export const autoattack: Study = {
  name: 'autoattack',
  title: 'AutoAttack standard',
  cells: ({ attacked, seeds }) =>
    THREATS.map((threat) => ({
      kind: 'attacked',
      base: {
        ...{ network: 'resnet14.mnist', data: 'digits', calibrated: true, seed: seeds[0]! },
        ...{ split: 'test', inputs: 'pixels', attacks: 'standard', images: attacked, ...threat },
      },
      over: { beta: [1, 0.6] },
    })),
  report: autoattackReport,
};
