/**
 * Table A3: robust accuracy by beta, with the beta that held-out images choose and that of the oracle; the quirks Q1
 * and Q2, each switched alone; corruptions.
 */
import * as Plot from '@observablehq/plot';
import type { Json } from '@curvature-tuning/sweep';
import type { Found, Report, Results } from '../studies/study.js';
import { gainText, mean, pairedGain, percent, signed, truthsOf } from './numbers.js';
import type { Gain } from './numbers.js';

/** What a cell `attacked` gives. */
export interface Attacked {
  readonly [key: string]: Json;
  robustAccuracy: number;
  cleanAccuracy: number;
  accuracyAfter: Record<string, number>;
  /** Which images withstand, as `bitsOf` writes it. */
  robust: string;
  images: number;
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

/** One kind of network under one threat, one number a seed. */
interface Steered {
  title: string;
  /** The betas that held-out images and the oracle choose. */
  held: number[];
  oracle: number[];
  /** Robust accuracy at beta 1, at the held-out beta, at the oracle's. */
  base: number[];
  chosen: number[];
  most: number[];
  gain: Gain;
}

/** What a beta chosen on held-out images gains, and what the oracle's would. */
export function heldAndOracle(results: Results): Steered[] {
  const found = results.all<Attacked>('attacked', { inputs: 'pixels' });
  const values = (key: string): number[] => [...new Set(found.map(({ spec }) => spec[key] as number))];
  const betas = values('beta').sort((a, b) => b - a);
  const at = (where: Record<string, unknown>): Attacked | undefined =>
    found.find(({ spec }) => Object.entries(where).every(([key, value]) => spec[key] === value))?.result;
  const share = (where: Record<string, unknown>): number => at(where)?.robustAccuracy ?? 0;
  const best = (where: Record<string, unknown>): number =>
    betas.reduce((a, b) => (share({ ...where, beta: b }) > share({ ...where, beta: a }) ? b : a));
  return THREATS.flatMap(([norm, eps]) =>
    [false, true].flatMap((calibrated) => {
      const bySeed = values('seed').flatMap((seed) => {
        const test = { norm, eps, calibrated, split: 'test', attacks: 'quick', seed };
        const held = best({ ...test, split: 'validation', attacks: 'choose' });
        const oracle = best(test);
        const base = at({ ...test, beta: 1 });
        const [chosen, most] = [at({ ...test, beta: held }), at({ ...test, beta: oracle })];
        return base && chosen && most ? [{ held, oracle, base, chosen, most }] : [];
      });
      if (bySeed.length === 0) return [];
      const shares = (of: 'base' | 'chosen' | 'most'): number[] => bySeed.map((one) => one[of].robustAccuracy);
      const bits = (of: 'base' | 'chosen'): boolean[][] =>
        bySeed.map((one) => truthsOf(one[of].robust, one[of].images));
      return [
        {
          title: `${norm} ${eps}, ${calibrated ? 'calibrated' : 'as given'}`,
          held: bySeed.map(({ held }) => held),
          oracle: bySeed.map(({ oracle }) => oracle),
          ...{ base: shares('base'), chosen: shares('chosen'), most: shares('most') },
          gain: pairedGain(bits('chosen'), bits('base')),
        },
      ];
    }),
  );
}

/** What the study says. */
export function robustnessReport(results: Results): Report {
  const found = results.all<Attacked>('attacked');
  const betas = [...new Set(found.map(({ spec }) => spec['beta'] as number))].sort((a, b) => b - a);
  const pick = (where: Record<string, unknown>): Attacked[] =>
    found
      .filter(({ spec }) => Object.entries(where).every(([key, value]) => spec[key] === value))
      .map(({ result }) => result);
  const quirk = THREATS.flatMap(([norm, eps]) =>
    betas.map((beta) => {
      const where = { norm, eps, calibrated: false, split: 'test', attacks: 'choose', beta };
      const text = (inputs: string): string =>
        percent(pick({ ...where, inputs }).map(({ robustAccuracy }) => robustAccuracy));
      return [`${norm} ${eps}, beta ${beta}`, text('pixels'), text('normalized')];
    }),
  );
  const corrupted = networksOf(results.all<Corrupted>('corrupted'));
  const types = Object.keys(corrupted[0]?.results[0]!.accuracy ?? {});
  const waterfall = [false, true].flatMap((calibrated) =>
    betas.flatMap((beta) => {
      const own = pick({ norm: 'Linf', attacks: 'quick', calibrated, beta });
      return Object.keys(own[0]?.accuracyAfter ?? {}).map((attack) => ({
        network: `β = ${beta}`,
        attack,
        accuracy: 100 * mean(own.map(({ accuracyAfter }) => accuracyAfter[attack]!)),
        calibrated: calibrated ? 'calibrated' : 'as given',
      }));
    }),
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
        head: ['threat', 'beta 1', 'held-out beta', 'oracle beta', 'gain of the held-out beta', 'what the oracle adds'],
        rows: heldAndOracle(results).map(({ title, held, oracle, base, chosen, most, gain }) => [
          title,
          percent(base),
          `${percent(chosen)} at ${held.join(', ')}`,
          `${percent(most)} at ${oracle.join(', ')}`,
          gainText(gain),
          signed(100 * (mean(most) - mean(chosen))),
        ]),
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
        head: ['corruption', ...corrupted.map(({ title }) => title)],
        rows: [
          ...types.map((type) => [
            type,
            ...corrupted.map((one) => percent(one.results.map(({ accuracy }) => mean(accuracy[type]!)))),
          ]),
          ['mean', ...corrupted.map((one) => percent(one.results.map(({ robustAccuracy }) => robustAccuracy)))],
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
          fx: { label: null, domain: corrupted.map(({ title }) => title) },
          color: { type: 'linear', scheme: 'viridis', domain: [0, 100], range: undefined as never },
          width: 760,
          marks: [
            Plot.cell(
              corrupted.flatMap((one) =>
                types.flatMap((type) =>
                  [0, 1, 2, 3, 4].map((i) => ({
                    type,
                    severity: i + 1,
                    accuracy: 100 * mean(one.results.map(({ accuracy }) => accuracy[type]![i]!)),
                    network: one.title,
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

/** The networks that were corrupted, those as given first, then by beta; each with its results, one a seed. */
function networksOf(found: readonly Found<Corrupted>[]): { title: string; results: Corrupted[] }[] {
  const sorted = [...found].sort(
    ({ spec: a }, { spec: b }) =>
      Number(a['calibrated']) - Number(b['calibrated']) || Number(b['beta']) - Number(a['beta']),
  );
  const networks = new Map<string, Corrupted[]>();
  for (const { spec, result } of sorted) {
    const title = `β ${spec['beta'] as number}${spec['calibrated'] === true ? ', cal.' : ''}`;
    networks.set(title, [...(networks.get(title) ?? []), result]);
  }
  return [...networks].map(([title, own]) => ({ title, results: own }));
}
