/**
 * Experiment E2 of the reference: a network of GELUs kept as GELUs; T-CT begins at the nearest curvature. The twin
 * has a small convolutional network in place of Swin.
 *
 *     npm run evidence -- --only gelu
 *
 * Expected time: 1 minute on two quiet cores. Expected numbers: none are published.
 */
import { geluReport } from '../report/geluReport.js';
import type { Study } from './study.js';

/** Four methods on a network of GELUs. */
export const gelu: Study = {
  name: 'gelu',
  title: 'GELU networks kept as GELU',
  cells: ({ seeds, epochs }) => [
    {
      kind: 'transfer',
      base: { network: 'gelu:fashion-mnist-sample:6', data: 'digits', train: 320, test: 797, epochs },
      over: { method: ['probe', 'bn', 'tct', 'lora'], protocol: ['paper', 'tuned'], seed: seeds },
    },
  ],
  report: geluReport,
};
