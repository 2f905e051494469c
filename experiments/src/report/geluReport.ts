/**
 * GELU networks kept as GELU.
 */
import type { AdaptedScore } from '@curvature-tuning/cli/cells';
import type { Report, Results } from '../studies/study.js';
import { percent } from './numbers.js';

/** What the study says. */
export function geluReport(results: Results): Report {
  const found = results
    .all<AdaptedScore>('transfer')
    .filter(({ spec }) => (spec['network'] as string).startsWith('gelu'));
  return {
    text: [
      'The reference has Swin with GELUs; the twin a small convolutional network with three. T-CT starts at the ' +
        'curvature nearest to GELU, (0.64, 1).',
    ],
    tables: [
      {
        name: 'gelu',
        title: 'Test accuracy in %, Fashion-MNIST to digits, GELU kept',
        head: ['method', 'paper', 'tuned', 'parameters'],
        rows: ['probe', 'bn', 'tct', 'lora'].map((method) => {
          const of = (protocol: string): typeof found =>
            found.filter(({ spec }) => spec['method'] === method && spec['protocol'] === protocol);
          const shares = (protocol: string): string => percent(of(protocol).map(({ result }) => result.testAccuracy));
          return [
            method,
            shares('paper'),
            shares('tuned'),
            String(of('paper')[0]?.result.parameters.withoutHead ?? ''),
          ];
        }),
      },
    ],
    figures: [],
  };
}
