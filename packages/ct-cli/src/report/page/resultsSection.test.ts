import { expect, it } from 'vitest';
import { someReport } from '../../../test/someReport.js';
import { resultsSection } from './resultsSection.js';

const cells = (html: string, method: string): string[] => {
  const row = html.split('<tr role="row">').find((part) => part.includes(`</span>${method}<span`))!;
  return [...row.matchAll(/<td [^>]*><span>(.*?)<\/span><\/td>/g)].map(([, cell]) => cell!.replace(/<[^>]*>/g, ''));
};

it('gives accuracy with its interval, the difference, the numbers trained, beta and seconds', () => {
  const { html } = resultsSection(someReport());
  // 9 of 120 are wrong: Wilson's interval is 86.4 to 96.0 %.
  expect(cells(html, 'S-CT')).toEqual([
    '92.5 86.4 to 96.0',
    '',
    '+1.67 (3 won, 1 lost, p 0.625) on: calibrated (control)',
    '0 650 with head',
    '0.80',
    '11.0',
  ]);
  expect(html).toContain('Steering: one curvature beta for all activations');
});

it('gives mean and spread of several seeds, and PyTorch where it is known', () => {
  const several = someReport({ seeds: [42, 43, 44] });
  expect(cells(resultsSection(several).html, 'S-CT')[0]).toBe('91.7 ± 0.7');
  const reference = { source: 'PyTorch', accuracies: { sct: 0.939 } };
  const known = cells(resultsSection({ ...several, reference }).html, 'S-CT');
  expect(known[1]).toBe('93.9');
});
