/**
 * What steering adds to calibration, with intervals.
 */
import type { AdaptedScore } from '@curvature-tuning/cli/cells';
import type { Found, Report, Results, Transfer } from '../studies/study.js';
import { nameOf, TRANSFERS } from '../studies/study.js';
import { overBeta } from './curves.js';
import { gainText, pairedGain, percent, truthsOf } from './numbers.js';

type Score = Found<AdaptedScore>;

/** The cells of one transfer's grid over beta, and the one that validates best, the largest beta of equals. */
export function gridOf(
  results: Results,
  { network, data }: Pick<Transfer, 'network' | 'data'>,
  calibrated: boolean,
): Score[] {
  return results
    .all<AdaptedScore>('steered', { network, data, calibrated, protocol: 'strict' })
    .sort((a, b) => Number(b.spec['beta']) - Number(a.spec['beta']));
}

/** The cell that validates best; then the one with the least loss. */
export function bestOf(grid: readonly Score[]): Score {
  return grid.reduce((a, b) =>
    b.result.validationAccuracy > a.result.validationAccuracy ||
    (b.result.validationAccuracy === a.result.validationAccuracy && b.result.validationLoss < a.result.validationLoss)
      ? b
      : a,
  );
}

/** What the study says. */
export function calibrationReport(results: Results): Report {
  const kinds = [false, true];
  const rows = TRANSFERS.flatMap((transfer) => {
    const all = kinds.map((calibrated) => gridOf(results, transfer, calibrated));
    const seeds = [...new Set(all[0]!.map(({ spec }) => spec['seed']))];
    if (all.some((grid) => grid.length === 0)) return [];
    const picked = seeds.map((seed) =>
      all.map((grid) => {
        const own = grid.filter(({ spec }) => spec['seed'] === seed);
        return { ReLU: own.find(({ spec }) => spec['beta'] === 1)!, best: bestOf(own) };
      }),
    );
    const shares = (of: (one: (typeof picked)[number]) => Score): string =>
      percent(picked.map((one) => of(one).result.testAccuracy));
    const bits = (of: (one: (typeof picked)[number]) => Score): boolean[][] =>
      picked.map((one) => truthsOf(of(one).result.right, transfer.test));
    const betas = (i: number): string => picked.map((one) => one[i]!.best.spec['beta'] as number).join(', ');
    return [
      [
        nameOf(transfer),
        shares((one) => one[0]!.ReLU),
        `${shares((one) => one[0]!.best)} (${betas(0)})`,
        shares((one) => one[1]!.ReLU),
        `${shares((one) => one[1]!.best)} (${betas(1)})`,
        gainText(
          pairedGain(
            bits((one) => one[1]!.ReLU),
            bits((one) => one[0]!.ReLU),
          ),
        ),
        gainText(
          pairedGain(
            bits((one) => one[1]!.best),
            bits((one) => one[1]!.ReLU),
          ),
        ),
      ],
    ];
  });
  const points = TRANSFERS.flatMap((transfer) =>
    kinds.flatMap((calibrated) =>
      gridOf(results, transfer, calibrated).map(({ spec, result }) => ({
        beta: spec['beta'] as number,
        accuracy: result.testAccuracy,
        series: calibrated ? 'calibrated' : 'as given',
        facet: nameOf(transfer).replace(', ', '\n'),
      })),
    ),
  );
  return {
    text: [
      'Heads are at their optimum, so what is left is what features hold. Calibration takes unlabelled images and ' +
        'one pass; what a beta chosen on validation images adds to it stands in the last column, with its interval.',
    ],
    tables: [
      {
        name: 'calibration',
        title: 'Test accuracy in % of a probe at its optimum; in brackets the beta that validates best',
        head: ['transfer', 'ReLU', 'S-CT', 'calibrated', 'calibrated S-CT', 'calibration gains', 'steering adds'],
        rows,
      },
    ],
    figures: [
      {
        name: 'accuracy-beta',
        title: 'Accuracy over beta, as given and calibrated',
        description: 'A probe at its optimum on each of five transfers; the band is one deviation over seeds.',
        key: ['as given', 'calibrated'],
        plot: { height: 320, width: 860, marginTop: 112, ...overBeta(points, ['as given', 'calibrated']) },
      },
    ],
  };
}
