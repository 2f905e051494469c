/**
 * Robust accuracy of networks that were transferred.
 */
import type { Report, Results } from '../studies/study.js';
import { percent } from './numbers.js';
import type { Attacked } from './robustnessReport.js';

/** What the study says. */
export function transferredReport(results: Results): Report {
  const found = results.all<Attacked & { testAccuracy: number }>('transferred');
  const rows = ['probe', 'bn', 'tct', 'lora'].flatMap((method) =>
    ['paper', 'strict'].map((protocol) => {
      const own = found.filter(({ spec }) => spec['method'] === method && spec['protocol'] === protocol);
      return [
        `${method}, ${protocol}`,
        percent(own.map(({ result }) => result.testAccuracy)),
        percent(own.map(({ result }) => result.robustAccuracy)),
      ];
    }),
  );
  return {
    text: [
      'Attacked at the size that they were trained at; the reference’s quirk Q16, another size, is not reproduced.',
    ],
    tables: [
      {
        name: 'transferred-robustness',
        title: 'MNIST network to digits, 320 images, then Linf 0.03 on 40: % of all test images, and % that withstand',
        head: ['method', 'test %', 'robust %'],
        rows,
      },
    ],
    figures: [],
  };
}
