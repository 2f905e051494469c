/**
 * The results: a row a method, with what it is, its test accuracy on a scale of all, and its price.
 */
import type { MethodName } from '@curvature-tuning/lora-baseline';
import { wilson } from '../mistakes.js';
import { OWN } from '../../network/ownActivation.js';
import type { SteerReport } from '../steerReport.js';
import { meanAndSpread, methodsOf, remarks, titleOf } from '../steerReport.js';
import { METHODS_IN_WORDS } from './methodsInWords.js';
import type { Section } from './section.js';
import { details, escape, percent } from './section.js';
import { colourOf } from './style.js';
import { verdictInNumbers, verdictOf } from './verdict.js';

/** A column: what it is called, what it says, and its cell. */
interface Column {
  name: string;
  says: string;
  cell: (method: MethodName) => string;
}

/** The table of results, and how to read it. */
export function resultsSection(report: SteerReport): Section {
  const { results } = report;
  const methods = methodsOf(results);
  const columns = columnsOf(report);
  const head = ['method', ...columns.map(({ name }) => name)]
    .map((name) => `<th scope="col" role="columnheader">${escape(name)}</th>`)
    .join('');
  const rows = methods.map((method) => {
    const chip = `<span class="chip" style="background:${colourOf(method)}"></span>`;
    const name =
      `<th scope="row" role="rowheader">${chip}${escape(titleOf(method, report.own))}` +
      `<span class="what">${escape(METHODS_IN_WORDS[method])}</span></th>`;
    const cells = columns.map(
      ({ name, cell }) => `<td role="cell" data-name="${escape(name)}"><span>${cell(method)}</span></td>`,
    );
    return `<tr role="row">${name}${cells.join('')}</tr>`;
  });
  const reading = columns.map(({ name, says }) => `<dt>${escape(name)}</dt><dd>${escape(says)}</dd>`).join('');
  return {
    id: 'results',
    title: 'Results',
    // Roles are written down: some browsers forget those of a table that is laid out otherwise, as it is on phones.
    html: `<table class="results" role="table"><thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">
${rows.join('\n')}
</tbody></table>
${details('How to read the table', `<dl>${reading}</dl>`)}
<ul class="notes">
${remarks(report)
  .map((note) => `<li>${escape(note)}</li>`)
  .join('\n')}
</ul>`,
  };
}

function columnsOf(report: SteerReport): Column[] {
  const { results, reference } = report;
  const { data, outcomes: first } = results[0]!;
  const several = results.length > 1;
  const over = several ? `; mean ± standard deviation of ${results.length} seeds` : '';
  const of = (method: MethodName): number[] => results.map(({ outcomes }) => outcomes[method]!.testAccuracy);
  const interval = (method: MethodName): { low: number; high: number } =>
    several ? { low: Math.min(...of(method)), high: Math.max(...of(method)) } : wilson(of(method)[0]!, data.test);
  const from = Math.floor(100 * Math.min(...methodsOf(results).map((method) => interval(method).low))) / 100;
  const place = (share: number): string => `${((100 * (share - from)) / (1 - from)).toFixed(2)}%`;
  const columns: Column[] = [
    {
      name: 'test accuracy, %',
      says:
        `The share of the ${data.test} test images, which decided nothing, that is got right${over}. ` +
        (several ? '' : 'Below it the interval of 95 % that so few images leave (Wilson).'),
      cell: (method) => {
        const { mean, spread } = meanAndSpread(of(method));
        const { low, high } = interval(method);
        return several
          ? `${percent(mean)} ± ${percent(spread)}`
          : `${percent(mean)} <small>${percent(low)} to ${percent(high)}</small>`;
      },
    },
    {
      name: `${percent(from, 0)} to 100 %`,
      says: several
        ? 'The same drawn: a dot a seed, their mean and the range.'
        : 'The same drawn. Where intervals overlap, look at the comparison image by image beside it.',
      cell: (method) => {
        const { low, high } = interval(method);
        const background = `background:${colourOf(method)}`;
        const seeds = several ? of(method).map((share) => `<u style="left:${place(share)};${background}"></u>`) : [];
        const width = `${((100 * (high - low)) / (1 - from)).toFixed(2)}%`;
        return (
          `<span class="strip" aria-hidden="true"><i style="left:${place(low)};width:${width};${background}"></i>` +
          `${seeds.join('')}<b style="left:${place(meanAndSpread(of(method)).mean)};${background}"></b></span>`
        );
      },
    },
    {
      name: 'points against control',
      says: several
        ? 'The mean difference to the control, and its range over the seeds.'
        : 'The difference to the control, and behind it: images won, images lost, and how likely so large a ' +
          'difference is where neither is better (exact McNemar test).',
      cell: (method) => {
        const verdict = verdictOf(method, report);
        if (verdict === undefined) return '–';
        const [difference, rest] = verdictInNumbers(verdict).split(' (') as [string, string];
        const against = `<small>on: ${escape(titleOf(verdict.against, report.own))}</small>`;
        return `${difference} <small>(${escape(rest)}</small> ${against}`;
      },
    },
    {
      name: 'numbers trained',
      says: 'How many beside the head, which is what each task stores; with the head below.',
      cell: (method) => {
        const { withoutHead, total } = first[method]!.parameters;
        return `${inThousands(withoutHead)} <small>${inThousands(total)} with head</small>`;
      },
    },
    {
      name: 'beta',
      says: 'The curvature: 1 is ReLU; of what trains it, the mean over all channels.',
      cell: (method) => {
        const betas =
          method === 'sct'
            ? results.map(({ sct }) => sct!.beta)
            : method === 'tct'
              ? results.map(({ tct }) => tct!.beta.mean)
              : [];
        if (betas.length === 0) return String(OWN[report.own ?? 'relu'].start.beta);
        const { mean, spread } = meanAndSpread(betas);
        return several ? `${mean.toFixed(2)} ± ${spread.toFixed(2)}` : mean.toFixed(2);
      },
    },
    {
      name: 'seconds',
      says: `What it took on ${report.backend}: choice of beta, epochs and validation, without the test${over}.`,
      cell: (method) => meanAndSpread(results.map(({ outcomes }) => outcomes[method]!.seconds)).mean.toFixed(1),
    },
  ];
  if (reference !== null)
    columns.splice(1, 0, {
      name: 'PyTorch, %',
      says: `The same in ${reference.source}.`,
      cell: (method) => {
        const known = reference.accuracies[method];
        return known === undefined ? '–' : percent(known);
      },
    });
  return columns;
}

function inThousands(count: number): string {
  return count.toLocaleString('en');
}
