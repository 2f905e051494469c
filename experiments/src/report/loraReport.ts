/**
 * LoRA's ratio, chosen on test images (quirk Q14) and on validation images.
 */
import type { AdaptedScore } from '@curvature-tuning/cli/cells';
import type { Report, Results } from '../studies/study.js';
import { mean, percent, signed } from './numbers.js';

/** LoRA of one rank at one rate, one number a seed, at the ratio chosen on test and on validation images. */
interface Choice {
  title: string;
  /** Test accuracies. */
  test: number[];
  validation: number[];
  ratios: { test: number[]; validation: number[] };
  /** Points that the choice on test images adds. */
  tooMuch: number;
  parameters: number;
}

/** Both choices, by rate and rank. */
export function loraChoices(results: Results): Choice[] {
  const found = results.all<AdaptedScore>('lora');
  const values = (key: string): number[] =>
    [...new Set(found.map(({ spec }) => spec[key] as number))].sort((a, b) => a - b);
  return values('rate').flatMap((rate) =>
    values('rank').flatMap((rank) => {
      const chosen = values('seed').flatMap((seed) => {
        const own = found.filter(({ spec }) => spec['rate'] === rate && spec['rank'] === rank && spec['seed'] === seed);
        // Strictly better only: the first of equals, as in the reference.
        const best = (score: 'testAccuracy' | 'validationAccuracy'): (typeof own)[number] =>
          own.reduce((a, b) => (b.result[score] > a.result[score] ? b : a));
        return own.length === 0 ? [] : [{ test: best('testAccuracy'), validation: best('validationAccuracy') }];
      });
      if (chosen.length === 0) return [];
      const shares = (by: 'test' | 'validation'): number[] => chosen.map((one) => one[by].result.testAccuracy);
      const ratios = (by: 'test' | 'validation'): number[] => chosen.map((one) => one[by].spec['ratio'] as number);
      const [test, validation] = [shares('test'), shares('validation')];
      return [
        {
          title: `rank ${rank}, rate ${rate}`,
          ...{ test, validation },
          ratios: { test: ratios('test'), validation: ratios('validation') },
          tooMuch: 100 * (mean(test) - mean(validation)),
          parameters: chosen[0]!.test.result.parameters.withoutHead,
        },
      ];
    }),
  );
}

/** What the study says. */
export function loraReport(results: Results): Report {
  return {
    text: [
      'What a ratio chosen on test images adds is what the reference’s "tuned" LoRA reports too much; its rate is ' +
        'the larger matter.',
    ],
    tables: [
      {
        name: 'lora-ranks',
        title: 'Test accuracy in % at the ratio (in brackets) chosen on test and on validation images',
        head: ['LoRA', 'chosen on test (Q14)', 'chosen on validation', 'too much, points', 'parameters'],
        rows: loraChoices(results).map(({ title, test, validation, ratios, tooMuch, parameters }) => [
          title,
          `${percent(test)} (${ratios.test.join(', ')})`,
          `${percent(validation)} (${ratios.validation.join(', ')})`,
          signed(tooMuch),
          String(parameters),
        ]),
      },
    ],
    figures: [],
  };
}
