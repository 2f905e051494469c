/**
 * Table A3: robust accuracy by beta, with the beta that held-out images choose and that of the oracle; the quirks Q1 and
 * Q2, each switched alone; corruptions.
 */
import * as Plot from '@observablehq/plot';
import type { Json } from '@curvature-tuning/sweep';
import type { Found, Report, Results } from '../studies/study.js';
import { mean, percent, signed } from './numbers.js';

/** What a cell `attacked` gives. */
export interface Attacked {
  readonly [key: string]: Json;
  robustAccuracy: number;
  cleanAccuracy: number;
  accuracyAfter: Record<string, number>;
}

interface Corrupted {
  readonly [key: string]: Json;
  robustAccuracy: number;
  accuracy: Record<string, number[]>;
}

const THREATS = [
  ['Linf', 0.03],
  ['L2', 0.5],
] as const;

/** What the study says. */
export function robustnessReport(results: Results): Report {
  const found = results.all<Attacked>('attacked');
  const share = (where: Record<string, unknown>): number | undefined => {
    const own = found.filter(({ spec }) => Object.entries(where).every(([key, value]) => spec[key] === value));
    return own.length === 0 ? undefined : mean(own.map(({ result }) => result.robustAccuracy));
  };
  const betas = [...new Set(found.map(({ spec }) => spec['beta'] as number))].sort((a, b) => b - a);
  const best = (where: Record<string, unknown>): number =>
    betas.reduce((a, b) => ((share({ ...where, beta: b }) ?? 0) > (share({ ...where, beta: a }) ?? 0) ? b : a));
  const rows = THREATS.flatMap(([norm, eps]) =>
    [false, true].map((calibrated) => {
      const test = { norm, eps, calibrated, inputs: 'pixels', split: 'test', attacks: 'quick' };
      const held = best({ ...test, split: 'validation', attacks: 'choose' });
      const oracle = best(test);
      const base = share({ ...test, beta: 1 });
      const [chosen, most] = [share({ ...test, beta: held }), share({ ...test, beta: oracle })];
      if (base === undefined || chosen === undefined || most === undefined) return [];
      const gain = 100 * (chosen - base);
      return [
        `${norm} ${eps}, ${calibrated ? 'calibrated' : 'as given'}`,
        percent([base]),
        `${percent([chosen])} at ${held}`,
        `${percent([most])} at ${oracle}`,
        signed(gain),
        base === 0 ? 'of 0' : signed(gain / base),
        signed(100 * (most - chosen)),
      ];
    }),
  ).filter((row) => row.length > 0);
  const quirk = THREATS.flatMap(([norm, eps]) =>
    betas.map((beta) => {
      const where = { norm, eps, calibrated: false, split: 'test', attacks: 'choose', beta };
      const text = (inputs: string): string => percent([share({ ...where, inputs }) ?? NaN]);
      return [`${norm} ${eps}, beta ${beta}`, text('pixels'), text('normalized')];
    }),
  );
  const corrupted = results
    .all<Corrupted>('corrupted')
    .sort(
      ({ spec: a }, { spec: b }) =>
        Number(a['calibrated']) - Number(b['calibrated']) || Number(b['beta']) - Number(a['beta']),
    );
  const types = Object.keys(corrupted[0]?.result.accuracy ?? {});
  const waterfall = found
    .filter(({ spec }) => spec['norm'] === 'Linf' && spec['attacks'] === 'quick')
    .flatMap(({ spec, result }) =>
      Object.entries(result.accuracyAfter).map(([attack, accuracy]) => ({
        network: `β = ${String(spec['beta'])}`,
        attack: attack === 'clean' ? 'clean' : attack,
        accuracy: 100 * accuracy,
        calibrated: spec['calibrated'] === true ? 'calibrated' : 'as given',
      })),
    );
  return {
    text: [
      'A beta chosen on held-out images is what a user can have; the oracle’s, chosen on the attacked images as the ' +
        'reference does (quirk Q2), is what it would look like. On ReLU networks the oracle cannot lose.',
    ],
    tables: [
      {
        name: 'robustness',
        title: 'Robust accuracy in %, 40 images, three short attacks (an upper bound of AutoAttack’s)',
        head: ['threat', 'beta 1', 'held-out beta', 'oracle beta', 'points', 'relative %', 'what the oracle adds'],
        rows: rows.map((row) => [...row.slice(0, 5), row[5] === 'of 0' ? 'of 0' : row[5]!, row[6]!]),
      },
      {
        name: 'quirk-inputs',
        title:
          'Quirk Q1 alone: the same attack (APGD-CE, 20 steps) on pixels, and on normalised values clamped to [0, 1]',
        head: ['threat', 'pixels', 'normalised values'],
        rows: quirk,
      },
      {
        name: 'corruptions',
        title: 'Accuracy in % under common corruptions, 50 images, five severities',
        head: ['corruption', ...corrupted.map(title)],
        rows: [
          ...types.map((type) => [type, ...corrupted.map(({ result }) => percent([mean(result.accuracy[type]!)]))]),
          ['mean', ...corrupted.map(({ result }) => percent([result.robustAccuracy]))],
        ],
      },
    ],
    figures: [
      {
        name: 'attack-waterfall',
        title: 'What each attack leaves, Linf 0.03',
        description: 'Accuracy after each attack in turn, % of 40 images; above as given, below calibrated.',
        plot: {
          height: 420,
          x: { label: null, domain: ['clean', 'apgd-ce', 'apgd-t', 'square'], tickRotate: -30 },
          y: { label: '%', domain: [0, 100], grid: true },
          fx: { label: null, domain: betas.map((beta) => `β = ${beta}`) },
          fy: { label: null, domain: ['as given', 'calibrated'] },
          marginBottom: 60,
          marginRight: 70,
          marks: [
            Plot.barY(waterfall, {
              fx: 'network',
              fy: 'calibrated',
              x: 'attack',
              y: 'accuracy',
              fill: '#2563eb',
              insetLeft: 1,
              insetRight: 1,
            }),
            Plot.text(waterfall, {
              fx: 'network',
              fy: 'calibrated',
              x: 'attack',
              y: 'accuracy',
              text: ({ accuracy }: { accuracy: number }) => accuracy.toFixed(0),
              dy: -6,
              fontSize: 9,
            }),
            Plot.ruleY([0]),
          ],
        },
      },
      {
        name: 'corruption-heat',
        title: 'Corruptions: accuracy by type and severity',
        description: '% of 50 images; lighter is more.',
        plot: {
          height: 430,
          marginLeft: 120,
          marginTop: 84,
          x: { label: 'severity' },
          y: { label: null },
          fx: { label: null, domain: corrupted.map(title) },
          color: { type: 'linear', scheme: 'viridis', domain: [0, 100], range: undefined as never },
          width: 760,
          marks: [
            Plot.cell(
              corrupted.flatMap((one) =>
                types.flatMap((type) =>
                  one.result.accuracy[type]!.map((accuracy, i) => ({
                    type,
                    severity: i + 1,
                    accuracy: 100 * accuracy,
                    network: title(one),
                  })),
                ),
              ),
              { fx: 'network', x: 'severity', y: 'type', fill: 'accuracy', inset: 0.5 },
            ),
          ],
        },
      },
    ],
  };
}

function title({ spec }: Found<Corrupted>): string {
  return `β ${String(spec['beta'])}${spec['calibrated'] === true ? ', cal.' : ''}`;
}
