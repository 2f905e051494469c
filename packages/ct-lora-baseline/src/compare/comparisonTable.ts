/**
 * A comparison as a table, for terminals and for Markdown.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { check, count, listOf, objectWith, oneOf, real, seed, text, whole } from '@curvature-tuning/checks';
import { cellSchema } from './cell.js';
import type { Comparison } from './compareMethods.js';
import type { ComparisonRow, Spread } from './comparisonRow.js';
import type { MethodName } from './methods.js';
import { methods } from './methods.js';

const spread: Schema<Spread> = objectWith<Spread>(
  { mean: real(), std: real({ min: 0 }), values: listOf(real(), { min: 1 }) as Schema<number[]> },
  ['mean', 'std', 'values'],
);

/** One method of a comparison. */
export const rowSchema: Schema<ComparisonRow> = objectWith<ComparisonRow>(
  {
    method: oneOf(...(Object.keys(methods) as MethodName[])),
    title: text,
    chosen: listOf(cellSchema, { min: 1 }) as Schema<ComparisonRow['chosen']>,
    testAccuracy: spread,
    validationAccuracy: spread,
    parameters: objectWith<ComparisonRow['parameters']>({ withoutHead: whole({ min: 0 }), total: whole({ min: 0 }) }, [
      'withoutHead',
      'total',
    ]),
    seconds: spread,
    searchSeconds: real({ min: 0 }),
    peakBytes: real({ min: 0 }),
  },
  [
    'method',
    'title',
    'chosen',
    'testAccuracy',
    'validationAccuracy',
    'parameters',
    'seconds',
    'searchSeconds',
    'peakBytes',
  ],
);

// A record of a comparison holds more than the comparison.
export const comparisonTableArguments: Entries<{ comparison: Comparison; format: 'text' | 'markdown' }> = {
  comparison: objectWith<Comparison>(
    {
      protocol: oneOf('strict', 'paper'),
      seeds: listOf(seed, { min: 1 }),
      budget: objectWith<Comparison['budget']>({ epochs: count, batchSize: count }, ['epochs', 'batchSize']),
      rows: listOf(rowSchema) as Schema<ComparisonRow[]>,
      cells: listOf(cellSchema) as Schema<Comparison['cells']>,
    },
    ['protocol', 'seeds', 'budget', 'rows', 'cells'],
  ),
  format: oneOf('text', 'markdown'),
};

/**
 * Renders a comparison, one row a method: test accuracy in % (mean ± population standard deviation over seeds), trained
 * numbers without and with the head, the learning rates that were used, seconds of one run and of the whole search, and
 * peak megabytes of tensors.
 */
export function comparisonTable(comparison: Comparison, format: 'text' | 'markdown' = 'text'): string {
  check('comparisonTable', comparisonTableArguments, { comparison, format });
  const { rows, protocol, seeds, budget } = comparison;
  const header = ['method', 'test %', 'parameters', 'with head', 'learning rate', 'seconds', 'search', 'peak MB'];
  const body = rows.map((row) => [
    row.title,
    percent(row),
    grouped(row.parameters.withoutHead),
    grouped(row.parameters.total),
    ratesOf(row),
    row.seconds.mean.toFixed(1),
    row.searchSeconds.toFixed(1),
    (row.peakBytes / 1e6).toFixed(0),
  ]);
  const rates =
    protocol === 'strict'
      ? 'Learning rates chosen on validation examples, for each seed by itself'
      : "The paper's learning rates";
  const note =
    `${rates}; ` +
    `${budget.epochs} epochs in batches of ${budget.batchSize}, seed${seeds.length === 1 ? '' : 's'} ` +
    `${seeds.join(', ')}.`;
  if (format === 'markdown') {
    const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
    return [line(header), line(header.map((_, i) => (i === 0 ? '---' : '---:'))), ...body.map(line), '', note].join(
      '\n',
    );
  }
  const widths = header.map((name, i) => Math.max(name.length, ...body.map((cells) => cells[i]!.length)));
  const line = (cells: string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [line(header), '-'.repeat(widths.reduce((a, b) => a + b + 2, -2)), ...body.map(line), '', note].join('\n');
}

function percent({ testAccuracy: { mean, std, values } }: ComparisonRow): string {
  return `${(100 * mean).toFixed(1)}${values.length === 1 ? '' : ` ± ${(100 * std).toFixed(1)}`}`;
}

/** The rates of the chosen cells, each once, in ascending order. */
function ratesOf({ method, chosen }: ComparisonRow): string {
  const { searches } = methods[method];
  if (searches === 'nothing') return '-';
  const rates = new Set(chosen.map(({ learningRate: { own, head } }) => (searches === 'own' ? own : head)));
  return [...rates]
    .sort((a, b) => a - b)
    .map((rate) => rate.toExponential().replace('e+0', ''))
    .join(', ');
}

function grouped(numbers: number): string {
  return numbers.toLocaleString('en-US');
}
