import { expect, it } from 'vitest';
import { someReport } from '../../../test/someReport.js';
import type { Outcome, SteerReport } from '../steerReport.js';
import { controlOf, headline, mayBeChance, verdictInNumbers, verdictOf } from './verdict.js';

/** A report with one seed, in which S-CT gets `gained` images right that its control does not, and loses `lost`. */
function withSct(gained: number, lost: number): SteerReport {
  const report = someReport({ methods: ['bn', 'sct'] });
  const [result] = report.results as [SteerReport['results'][number]];
  const { labels } = result.test;
  const outcome = (isWrong: (i: number) => boolean): Outcome => {
    const predicted = labels.map((label, i) => (isWrong(i) ? label + 1 : label));
    const wrong = labels.filter((_, i) => isWrong(i)).length;
    return { ...result.outcomes.sct!, predicted, testAccuracy: 1 - wrong / labels.length };
  };
  result.outcomes = { bn: outcome((i) => i < gained), sct: outcome((i) => i >= gained && i < gained + lost) };
  return report;
}

it('compares with calibration alone, under the protocol of the paper steering with the probe', () => {
  const [strict, paper] = [someReport(), someReport({ protocol: 'paper' })];
  expect([controlOf('probe', strict), controlOf('bn', strict), controlOf('sct', strict)]).toEqual([
    undefined,
    'probe',
    'bn',
  ]);
  expect([controlOf('sct', paper), controlOf('tct', paper)]).toEqual(['probe', 'bn']);
  expect(controlOf('tct', someReport({ methods: ['probe', 'tct'] }))).toBe('probe');
  expect(controlOf('tct', someReport({ methods: ['tct'] }))).toBeUndefined();
});

it('says what was gained or lost, and whether it may be chance', () => {
  // Of 5 that differ all are gained: p = 2 / 2^5 = 0.063; of 6: 0.031.
  expect(headline(withSct(5, 0))).toBe('Over calibration alone, S-CT gains 4.17 points (maybe chance)');
  expect(headline(withSct(6, 0))).toBe('Over calibration alone, S-CT gains 5.00 points');
  expect(headline(withSct(0, 6))).toBe('Over calibration alone, S-CT loses 5.00 points');
  expect(headline(withSct(3, 3))).toBe('Over calibration alone, S-CT changes nothing');
  expect(verdictInNumbers(verdictOf('sct', withSct(5, 1))!)).toBe('+3.33 (5 won, 1 lost, p 0.219)');
  expect(verdictInNumbers(verdictOf('sct', withSct(0, 20))!)).toBe('−16.67 (0 won, 20 lost, p < 0.001)');
});

it('takes several seeds for chance where they disagree in sign', () => {
  const report = someReport({ seeds: [42, 43] });
  const verdict = verdictOf('sct', report)!;
  expect([verdict.paired, mayBeChance(verdict)]).toEqual([undefined, false]);
  expect(mayBeChance({ ...verdict, differences: [0.01, -0.01] })).toBe(true);
  expect(mayBeChance({ ...verdict, differences: [0.01, 0] })).toBe(true);
  expect(verdictInNumbers({ ...verdict, mean: 0.005, differences: [0.02, -0.01] })).toBe('+0.50 (−1.00 to +2.00)');
});

it('says of a report without curvature, or without anything to compare with, what was got right', () => {
  expect(headline(someReport({ methods: ['probe'] }))).toBe(
    'Digits: linear probe (ReLU) gets 89.2 % of the test images right',
  );
  expect(headline(someReport({ protocol: 'paper' }))).toMatch(
    /^Over the linear probe, S-CT .*; over calibration alone, T/,
  );
});
