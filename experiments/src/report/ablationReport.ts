/**
 * S-CT over beta at c = 0, 0.5 and 1.
 */
import type { AdaptedScore } from '@curvature-tuning/cli/cells';
import type { Report, Results } from '../studies/study.js';
import { overBeta } from './curves.js';
import { percent } from './numbers.js';

/** What the study says. */
export function ablationReport(results: Results): Report {
  const found = results
    .all<AdaptedScore>('steered')
    .filter(({ spec }) => spec['protocol'] === 'paper' && spec['calibrated'] === false);
  const betas = [...new Set(found.map(({ spec }) => spec['beta'] as number))].sort((a, b) => a - b);
  const at = (beta: number, coeff: number): number[] =>
    found
      .filter(({ spec }) => spec['beta'] === beta && (beta === 1 || spec['coeff'] === coeff))
      .map(({ result }) => result.testAccuracy);
  const coeffs = [0, 0.5, 1];
  return {
    text: [
      'c = 0 moves every activation up (softplus), c = 1 down (a SiLU-like unit); 0.5 keeps the mean shift small.',
    ],
    tables: [
      {
        name: 'ablation-c',
        title: 'MNIST network to digits, the reference’s probe: test accuracy in % over beta, by c; beta 1 is ReLU',
        head: ['beta', ...coeffs.map((coeff) => `c = ${coeff}`)],
        rows: betas.map((beta) => [String(beta), ...coeffs.map((coeff) => percent(at(beta, coeff)))]),
      },
    ],
    figures: [
      {
        name: 'ablation-c',
        title: 'S-CT over beta, by c',
        description: 'MNIST network to digits, the reference’s probe; at β = 1 all are ReLU.',
        key: coeffs.map((coeff) => `c = ${coeff}`),
        plot: {
          height: 340,
          ...overBeta(
            coeffs.flatMap((coeff) =>
              betas.flatMap((beta) => at(beta, coeff).map((accuracy) => ({ beta, accuracy, series: `c = ${coeff}` }))),
            ),
            coeffs.map((coeff) => `c = ${coeff}`),
          ),
        },
      },
    ],
  };
}
