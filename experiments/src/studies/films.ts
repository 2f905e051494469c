/**
 * The reference's animations, as short films: the demonstrations of `figures` in small steps.
 *
 *     npm run evidence -- --only films
 *
 * Expected time: 1 minute on two quiet cores. Expected numbers: none; the boundary of the spiral gets smoother.
 */
import { filmsReport } from '../report/filmsReport.js';
import type { Study } from './study.js';

/** A film of each demonstration. */
export const films: Study = {
  name: 'films',
  title: 'Films',
  cells: () => [
    { kind: 'film', base: { seed: 1 }, over: { task: ['spiral', 'sine'], steps: [1500] } },
    { kind: 'film', base: { seed: 1, task: 'circles', steps: 480 } },
  ],
  report: filmsReport,
};
