/**
 * LoRA's ratio, chosen on test images (quirk Q14) and on validation images.
 */
import type { AdaptedScore } from '@curvature-tuning/cli/cells';
import type { Report, Results } from '../studies/study.js';
import { percent, signed } from './numbers.js';

/** What the study says. */
export function loraReport(results: Results): Report {
  const found = results.all<AdaptedScore>('lora');
  const values = (key: string): number[] =>
    [...new Set(found.map(({ spec }) => spec[key] as number))].sort((a, b) => a - b);
  const seeds = values('seed');
  const rows = values('rate').flatMap((rate) =>
    values('rank').map((rank) => {
      const chosen = seeds.map((seed) => {
        const own = found.filter(({ spec }) => spec['rate'] === rate && spec['rank'] === rank && spec['seed'] === seed);
        // Strictly better only: the first of equals, as in the reference.
        const best = (score: 'testAccuracy' | 'validationAccuracy'): (typeof own)[number] =>
          own.reduce((a, b) => (b.result[score] > a.result[score] ? b : a));
        return own.length === 0 ? [] : [best('testAccuracy'), best('validationAccuracy')];
      });
      const shares = (i: number): number[] => chosen.flatMap((one) => one[i]?.result.testAccuracy ?? []);
      const ratios = (i: number): string => chosen.flatMap((one) => one[i]?.spec['ratio'] ?? []).join(', ');
      const [test, validation] = [shares(0), shares(1)];
      return [
        `rank ${rank}, rate ${rate}`,
        `${percent(test)} (${ratios(0)})`,
        `${percent(validation)} (${ratios(1)})`,
        test.length === 0 ? '' : signed((100 * (sum(test) - sum(validation))) / test.length),
        String(chosen[0]?.[0]?.result.parameters.withoutHead ?? ''),
      ];
    }),
  );
  return {
    text: [
      'What a ratio chosen on test images adds is what the reference’s "tuned" LoRA reports too much; its rate is the larger matter.',
    ],
    tables: [
      {
        name: 'lora-ranks',
        title: 'Test accuracy in % at the ratio (in brackets) chosen on test and on validation images',
        head: ['LoRA', 'chosen on test (Q14)', 'chosen on validation', 'too much, points', 'parameters'],
        rows,
      },
    ],
    figures: [],
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
