/**
 * What was run at the paper's size: transfers beside the published numbers, and everything else cell by cell.
 */
import type { AdaptedScore } from '@curvature-tuning/cli/cells';
import { titleOfCell } from '@curvature-tuning/sweep';
import { publishedRow } from '../paper/published.js';
import type { Records } from '../records.js';
import { percent } from './numbers.js';
import type { Table } from './table.js';

/** In the order of the published table. */
const METHODS = ['probe', 'sct', 'lora', 'tct', 'bn', 'norm', 'slope'];

/** The tables of the cells that could be run. */
export function paperTables(records: readonly Records[]): Table[] {
  const cells = records.flatMap((one) => one.cells);
  const transfers = cells.filter(({ cell }) => cell.kind === 'paperTransfer');
  const others = cells.filter(({ cell }) => cell.kind !== 'paperTransfer');
  const rows = new Map<string, typeof transfers>();
  for (const one of transfers) {
    const { network, data, protocol } = one.cell.spec;
    const key = JSON.stringify([network, data, protocol]);
    rows.set(key, [...(rows.get(key) ?? []), one]);
  }
  const tables: Table[] = [
    {
      name: 'paper-transfer',
      title: 'Test accuracy in %; in brackets what the paper has',
      head: ['network, set, protocol', ...METHODS],
      rows: [...rows].map(([key, own]) => {
        const [network, data, protocol] = JSON.parse(key) as [string, string, string];
        const published = protocol === 'paper' ? publishedRow(network, data) : undefined;
        return [
          `${network}, ${data}, ${protocol}`,
          ...METHODS.map((method, i) => {
            const found = own.filter(({ cell }) => cell.spec['method'] === method);
            const text = percent(found.map(({ result }) => (result as AdaptedScore).testAccuracy));
            return published?.[i] === undefined ? text : `${text} (${published[i]})`;
          }),
        ];
      }),
    },
    {
      name: 'paper-others',
      title: 'Other cells, in %',
      head: ['cell', 'test', 'robust'],
      rows: others.map(({ cell, result }) => {
        const { testAccuracy, robustAccuracy } = result as { testAccuracy?: number; robustAccuracy?: number };
        const share = (value: number | undefined): string => percent(value === undefined ? [] : [value]);
        return [titleOfCell(cell), share(testAccuracy), share(robustAccuracy)];
      }),
    },
  ];
  return tables.filter((table) => table.rows.length > 0);
}
