/**
 * What was got wrong: what each class was taken for, and the images that most methods got wrong.
 */
import type { MethodName } from '@curvature-tuning/lora-baseline';
import { confusion } from '../mistakes.js';
import type { SteerReport } from '../steerReport.js';
import { methodsOf, titleOf } from '../steerReport.js';
import type { Section } from './section.js';
import { details, escape, table } from './section.js';
import { controlOf } from './verdict.js';

/** With more classes than this a matrix says less than a list. */
const MATRIX = 20;
/** Entries of such a list. */
const LISTED = 20;

/** The matrices and the images. */
export function mistakesSection(report: SteerReport): Section {
  const { results } = report;
  const several = results.length > 1;
  const shown = shownOf(report);
  const matrices = methodsOf(results).map((method) => {
    const caption = `${titleOf(method, report.own)}: ${wrongOf(report, method)} wrong`;
    return { caption, isShown: shown.includes(method), html: matrix(report, method, caption) };
  });
  return {
    id: 'mistakes',
    title: 'What was got wrong',
    html: [
      `<p>What each class of test images (a row) was taken for (a column)${several ? ', all seeds together' : ''}.</p>`,
      '<div class="matrices">',
      ...matrices.flatMap(({ isShown, html }) => (isShown ? [html] : [])),
      '</div>',
      ...matrices.flatMap(({ isShown, caption, html }) => (isShown ? [] : [details(caption, html)])),
      gallery(report),
    ].join('\n'),
  };
}

/** What curvature came to, beside what it is compared with; the others open on request. */
function shownOf(report: SteerReport): MethodName[] {
  const methods = methodsOf(report.results);
  const subject = (['tct', 'sct'] as const).find((method) => methods.includes(method)) ?? methods.at(-1)!;
  const control = controlOf(subject, report);
  return control === undefined ? [subject] : [control, subject];
}

function wrongOf({ results }: SteerReport, method: MethodName): string {
  const wrong = results.map(
    ({ outcomes, test }) => test.labels.filter((label, i) => outcomes[method]!.predicted[i] !== label).length,
  );
  const sum = wrong.reduce((a, b) => a + b, 0);
  const count = results.reduce((total, { test }) => total + test.labels.length, 0);
  return `${sum} of ${count}`;
}

function matrix({ results }: SteerReport, method: MethodName, caption: string): string {
  const { classes } = results[0]!.test;
  const counts = classes.map((_, row) =>
    classes.map((_, column) =>
      results.reduce(
        (sum, { outcomes, test }) =>
          sum + confusion(test.labels, outcomes[method]!.predicted, classes.length)[row]![column]!,
        0,
      ),
    ),
  );
  if (classes.length > MATRIX) return pairs(counts, classes, caption);
  const head = classes.map((name) => `<th scope="col">${escape(name)}</th>`).join('');
  const rows = counts.map((row, i) => {
    const total = row.reduce((a, b) => a + b, 0);
    const cells = row.map((count, j) => {
      if (count === 0) return '<td class="none">0</td>';
      // Mistakes are few: a single one is to be seen.
      const share = i === j ? 0.12 + (0.24 * count) / total : Math.min(0.4, 0.25 + count / total);
      return `<td class="${i === j ? 'right' : 'wrong'}" style="--share:${share.toFixed(2)}">${count}</td>`;
    });
    return `<tr><th scope="row">${escape(classes[i]!)}</th>${cells.join('')}</tr>`;
  });
  return (
    `<div class="scroll" tabindex="0" role="region" aria-label="${escape(caption)}"><table class="confusion">` +
    `<caption>${escape(caption)}</caption><thead><tr><td class="none"></td>${head}</tr></thead>` +
    `<tbody>\n${rows.join('\n')}\n</tbody></table></div>`
  );
}

function pairs(counts: readonly number[][], classes: readonly string[], caption: string): string {
  const rows = counts
    .flatMap((row, i) => row.map((count, j) => ({ count, i, j })))
    .filter(({ count, i, j }) => count > 0 && i !== j)
    .sort((a, b) => b.count - a.count)
    .slice(0, LISTED)
    .map(({ count, i, j }) => [classes[i]!, classes[j]!, String(count)]);
  return table(`${caption}; the most frequent`, ['class', 'taken for', 'images'], rows);
}

function gallery({ results, own }: SteerReport): string {
  const [{ outcomes, test, seed }] = results as [SteerReport['results'][number]];
  const { thumbnails, labels, classes } = test;
  if (thumbnails.length === 0) return '<p>No method got a test image wrong.</p>';
  const methods = methodsOf(results);
  const items = thumbnails.map(({ index, source }) => {
    const truth = classes[labels[index]!]!;
    const answers = new Map<string, MethodName[]>();
    for (const method of methods) {
      const said = classes[outcomes[method]!.predicted[index]!]!;
      if (said !== truth) answers.set(said, [...(answers.get(said) ?? []), method]);
    }
    const said = [...answers].map(([name, by]) => {
      const names = by.map((method) => `<span class="name">${escape(titleOf(method, own))}</span>`);
      return `${escape(name)}: ${by.length === methods.length ? 'all' : names.join(', ')}`;
    });
    return (
      `<li><img src="${source}" alt="Test image ${index}, ${escape(truth)}">` +
      `<strong>${escape(truth)}</strong>, taken for <span class="said">${said.join('<br>')}</span></li>`
    );
  });
  const all = labels.filter((label, i) => methods.some((method) => outcomes[method]!.predicted[i] !== label)).length;
  return (
    `<h3>${all > thumbnails.length ? `${thumbnails.length} of ${all}` : `The ${all}`} images that some method got ` +
    `wrong${results.length > 1 ? `, seed ${seed}` : ''}, what most got wrong first</h3>\n` +
    `<ul class="gallery">\n${items.join('\n')}\n</ul>`
  );
}
