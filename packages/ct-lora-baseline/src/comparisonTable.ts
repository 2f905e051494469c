/**
 * A comparison as a table, for terminals and for Markdown.
 */
import type { Comparison, ComparisonRow } from './compareMethods.js';
import { methods } from './methods.js';

/**
 * Renders a comparison, one row a method: test accuracy in % (mean ± population standard deviation over seeds), trained numbers without and with the head,
 * the learning rates that were used, seconds of one run and of the whole search, and peak megabytes of tensors.
 */
export function comparisonTable({ rows, protocol, seeds, budget }: Comparison, format: 'text' | 'markdown' = 'text'): string {
  const header = ['method', 'test %', 'parameters', 'with head', 'learning rate', 'seconds', 'search', 'peak MB'];
  const body = rows.map((row) => [row.title, percent(row), count(row.parameters.withoutHead), count(row.parameters.total), ratesOf(row), row.seconds.mean.toFixed(1), row.searchSeconds.toFixed(1), (row.peakBytes / 1e6).toFixed(0)]);
  const note = `${protocol === 'tuned' ? 'Learning rates chosen on validation examples, for each seed by itself' : "The paper's learning rates"}; ${budget.epochs} epochs in batches of ${budget.batchSize}, seed${seeds.length === 1 ? '' : 's'} ${seeds.join(', ')}.`;
  if (format === 'markdown') {
    const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
    return [line(header), line(header.map((_, i) => (i === 0 ? '---' : '---:'))), ...body.map(line), '', note].join('\n');
  }
  const widths = header.map((name, i) => Math.max(name.length, ...body.map((cells) => cells[i]!.length)));
  const line = (cells: string[]): string => cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  ');
  return [line(header), '-'.repeat(widths.reduce((a, b) => a + b + 2, -2)), ...body.map(line), '', note].join('\n');
}

function percent({ testAccuracy: { mean, std, values } }: ComparisonRow): string {
  return `${(100 * mean).toFixed(1)}${values.length === 1 ? '' : ` ± ${(100 * std).toFixed(1)}`}`;
}

/** The rates of the chosen cells, each once, in ascending order. */
function ratesOf({ method, chosen }: ComparisonRow): string {
  const { searches } = methods[method];
  if (searches === 'nothing') return '-';
  const rates = new Set(chosen.map(({ rates: { own, head } }) => (searches === 'own' ? own : head)));
  return [...rates].sort((a, b) => a - b).map((rate) => rate.toExponential().replace('e+0', '')).join(', ');
}

function count(numbers: number): string {
  return numbers.toLocaleString('en-US');
}
