/**
 * Networks from scratch.
 */
import type { Json } from '@curvature-tuning/sweep';
import type { Report, Results } from '../studies/study.js';
import { percent } from './numbers.js';

interface Pretrained {
  readonly [key: string]: Json;
  losses: number[];
  validationAccuracy: number;
  testAccuracy: number;
  parameters: number;
}

/** What the study says. */
export function pretrainReport(results: Results): Report {
  const found = results.all<Pretrained>('pretrain');
  const names = [...new Set(found.map(({ spec }) => spec['architecture'] as string))];
  return {
    text: [
      'SGD 0.1, momentum 0.9, weight decay 5e-4, the rate times 0.2 after 30, 60 and 80 % of the epochs, on 2,000 ' +
        'images.',
    ],
    tables: [
      {
        name: 'pretrain',
        title: 'Fashion-MNIST’s sample from scratch',
        head: ['network', 'epochs', 'last loss', 'validation %', 'test %', 'parameters'],
        rows: names.map((name) => {
          const own = found.filter(({ spec }) => spec['architecture'] === name);
          return [
            name,
            `${own[0]!.spec['epochs'] as number}`,
            own.map(({ result }) => result.losses.at(-1)!.toFixed(3)).join(', '),
            percent(own.map(({ result }) => result.validationAccuracy)),
            percent(own.map(({ result }) => result.testAccuracy)),
            String(own[0]?.result.parameters),
          ];
        }),
      },
    ],
    figures: [],
  };
}
