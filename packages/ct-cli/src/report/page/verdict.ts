/**
 * What came of a run, in words: what each method gained on what it is to be compared with, and whether by chance.
 */
import type { MethodName } from '@curvature-tuning/lora-baseline';
import type { Paired } from '../mistakes.js';
import { compared } from '../mistakes.js';
import type { SteerReport } from '../steerReport.js';
import { meanAndSpread, methodsOf, titleOf } from '../steerReport.js';
import { percent, points } from './section.js';

/** One method against the one that shows what it adds. */
export interface Verdict {
  method: MethodName;
  against: MethodName;
  /** Of test accuracies in [0, 1], one a seed, and their mean. */
  differences: number[];
  mean: number;
  /** Image by image; undefined of several seeds, whose test images may be the same. */
  paired: Paired | undefined;
}

/**
 * What shows what a method adds: the calibrated control, for all of them calibrate; under the paper's protocol, which
 * calibrates nothing, the linear probe for what trains a head alone.
 */
export function controlOf(method: MethodName, { results, protocol }: SteerReport): MethodName | undefined {
  const there = methodsOf(results);
  const wanted: MethodName[] =
    method === 'bn' || (method === 'sct' && protocol.name === 'paper') ? ['probe', 'bn'] : ['bn', 'probe'];
  return method === 'probe' ? undefined : wanted.find((other) => other !== method && there.includes(other));
}

/** Compares a method with its control; undefined where there is none. */
export function verdictOf(method: MethodName, report: SteerReport): Verdict | undefined {
  const against = controlOf(method, report);
  if (against === undefined) return undefined;
  const { results } = report;
  const differences = results.map(({ outcomes }) => outcomes[method]!.testAccuracy - outcomes[against]!.testAccuracy);
  const [{ outcomes, test }] = results as [SteerReport['results'][number]];
  const paired =
    results.length === 1 ? compared(test.labels, outcomes[method]!.predicted, outcomes[against]!.predicted) : undefined;
  return { method, against, differences, mean: meanAndSpread(differences).mean, paired };
}

/** Above this a difference is called chance: exact McNemar test, two-sided. */
const SIGNIFICANT = 0.05;

/** Whether a difference may be chance: by the test, of several seeds where they disagree in sign. */
export function mayBeChance({ differences, paired }: Verdict): boolean {
  return paired === undefined
    ? !differences.every((difference) => difference > 0) && !differences.every((difference) => difference < 0)
    : paired.pValue > SIGNIFICANT;
}

/** The title of the page: what came of it. */
export function headline(report: SteerReport): string {
  const methods = methodsOf(report.results);
  const subjects = (['sct', 'tct'] as const).filter((method) => methods.includes(method));
  const verdicts = subjects.flatMap((method) => verdictOf(method, report) ?? []);
  const { data } = report.results[0]!;
  if (verdicts.length === 0) {
    const [first] = methods as [MethodName];
    const { mean } = meanAndSpread(report.results.map(({ outcomes }) => outcomes[first]!.testAccuracy));
    return `${data.title}: ${titleOf(first, report.own)} gets ${percent(mean)} % of the test images right`;
  }
  const said = verdicts.map((verdict) => {
    const { mean, method } = verdict;
    const what =
      points(mean) === '0'
        ? 'changes nothing'
        : `${mean > 0 ? 'gains' : 'loses'} ${Math.abs(100 * mean).toFixed(2)} points`;
    return `${titleOf(method)} ${what}${points(mean) !== '0' && mayBeChance(verdict) ? ' (maybe chance)' : ''}`;
  });
  const controls = [...new Set(verdicts.map(({ against }) => against))];
  return controls
    .map((control, part) => {
      const own = said.filter((_, i) => verdicts[i]!.against === control);
      const what = control === 'bn' ? 'calibration alone' : 'the linear probe';
      return `${part === 0 ? 'Over' : 'over'} ${what}, ${own.join(', ')}`;
    })
    .join('; ');
}

/** A verdict in numbers: `+0.38 points: 5 more right, 2 no longer, p = 0.45`. */
export function verdictInNumbers({ mean, differences, paired }: Verdict): string {
  if (paired === undefined)
    return `${points(mean)} (${points(Math.min(...differences))} to ${points(Math.max(...differences))})`;
  const { gained, lost, pValue } = paired;
  return `${points(mean)} (${gained} won, ${lost} lost, p ${pValue < 0.001 ? '< 0.001' : pValue.toFixed(3)})`;
}
