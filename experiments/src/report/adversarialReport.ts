/**
 * (beta, c) trained on adversarial examples, before and after.
 */
import type { Json } from '@curvature-tuning/sweep';
import type { Report, Results } from '../studies/study.js';
import { gainText, pairedGain, percent, truthsOf } from './numbers.js';
import type { Attacked } from './robustnessReport.js';

interface Hardened {
  readonly [key: string]: Json;
  before: Attacked & { testAccuracy: number };
  after: Attacked & { testAccuracy: number };
}

/** What the study says. */
export function adversarialReport(results: Results): Report {
  const found = results.all<Hardened>('hardened');
  const rows = ['adversarial', 'clean'].map((examples) => {
    const own = found.filter(({ spec }) => spec['examples'] === examples).map(({ result }) => result);
    const bits = (at: 'before' | 'after'): boolean[][] => own.map((one) => truthsOf(one[at].robust, one[at].images));
    return [
      `trained on ${examples} examples`,
      percent(own.map(({ before }) => before.testAccuracy)),
      percent(own.map(({ after }) => after.testAccuracy)),
      percent(own.map(({ before }) => before.robustAccuracy)),
      percent(own.map(({ after }) => after.robustAccuracy)),
      own.length === 0 ? '' : gainText(pairedGain(bits('after'), bits('before'))),
    ];
  });
  return {
    text: [
      'The row below is the control: as long, on the clean images alone. What it gains too is not due to ' +
        'adversarial examples.',
    ],
    tables: [
      {
        name: 'adversarial-tct',
        title: 'Linf 0.03, three short attacks on 40 digits: % right without and under attack, before and after',
        head: ['T-CT', 'clean before', 'clean after', 'robust before', 'robust after', 'gain'],
        rows,
      },
    ],
    figures: [],
  };
}
