/**
 * Benchmark records as a table.
 */
import { check, listOf, oneOf, options, satisfying } from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import type { RobustBenchRecord } from './benchmark.js';
import { recordSchema } from './benchmark.js';

/** How the table is written. */
export interface LeaderboardOptions {
  /** Default: 'markdown'. */
  format?: 'markdown' | 'html' | undefined;
}

const COLUMNS = ['Rank', 'Method', 'Clean, %', 'Robust, % (95 % interval)', 'Images', 'Architecture', 'Venue'] as const;

/** Records with a robust figure of their own kind. */
const ranked: Schema<RobustBenchRecord> = satisfying(
  recordSchema,
  ({ autoattack_acc, corruptions_acc }) => (autoattack_acc ?? corruptions_acc) !== undefined,
  {
    expects: 'a record with autoattack_acc or corruptions_acc',
  },
);

export const leaderboardArguments: Entries<{ records: readonly RobustBenchRecord[]; options: LeaderboardOptions }> = {
  records: listOf(ranked, { min: 1 }),
  options: options<LeaderboardOptions>({ format: oneOf('markdown', 'html') }),
};

/**
 * A table for each combination of data set, threat and radius, the most robust model first. A † marks figures that
 * their record calls unreliable; records of other tools with RobustBench's fields are welcome.
 *
 * @throws TypeError for a record without name, dataset, clean_acc, and autoattack_acc or corruptions_acc; RangeError
 *   where these are no percentages.
 */
export function leaderboard(records: readonly RobustBenchRecord[], options: LeaderboardOptions = {}): string {
  check('leaderboard', leaderboardArguments, { records, options });
  const tables = new Map<string, RobustBenchRecord[]>();
  for (const record of records) {
    const bound = record.eps === null || record.eps === undefined ? '' : `, eps = ${record.eps}`;
    const title = `${record.dataset}, ${record.threat ?? 'Linf'}${bound}`;
    tables.set(title, [...(tables.get(title) ?? []), record]);
  }
  const sections = [...tables].map(([title, rows]) => ({
    title,
    rows: rows.sort((a, b) => robust(b) - robust(a)).map(cells),
  }));
  return options.format === 'html' ? html(sections) : sections.map(markdown).join('\n');
}

interface Section {
  title: string;
  rows: string[][];
}

function cells(record: RobustBenchRecord, index: number): string[] {
  const range =
    record.robust_interval === undefined
      ? ''
      : ` (${record.robust_interval.map((end) => end.toFixed(1)).join(' to ')})`;
  return [
    String(index + 1),
    record.name,
    record.clean_acc,
    `${robust(record).toFixed(2)}${record.unreliable ? ' †' : ''}${range}`,
    record.images === undefined ? '' : String(record.images),
    record.architecture ?? '',
    record.venue ?? '',
  ];
}

function robust({ autoattack_acc, corruptions_acc }: RobustBenchRecord): number {
  return Number(autoattack_acc ?? corruptions_acc ?? NaN);
}

function markdown({ title, rows }: Section): string {
  // A name with a line break would end its row.
  const plain = (text: string): string => text.replace(/\p{Cc}+/gu, ' ');
  const escape = (text: string): string => plain(text).replaceAll('|', '\\|');
  const line = (row: readonly string[]): string => `| ${row.map(escape).join(' | ')} |`;
  return [
    `## ${plain(title)}`,
    '',
    line(COLUMNS),
    `| ${COLUMNS.map(() => '---').join(' | ')} |`,
    ...rows.map(line),
    '',
  ].join('\n');
}

function html(sections: Section[]): string {
  const escape = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const row = (tag: 'th' | 'td', values: readonly string[]): string =>
    `<tr>${values.map((value) => `<${tag}>${escape(value)}</${tag}>`).join('')}</tr>`;
  return sections
    .map(
      ({ title, rows }) =>
        `<h2>${escape(title)}</h2>\n<table>\n<thead>${row('th', COLUMNS)}</thead>\n` +
        `<tbody>\n${rows.map((values) => row('td', values)).join('\n')}\n</tbody>\n</table>\n`,
    )
    .join('');
}
