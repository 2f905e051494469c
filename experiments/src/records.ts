/**
 * The committed records: a file of results a study, sorted, a line a cell, the same bytes whoever made them; and one
 * file of what the cells took.
 */
import type { Schema } from '@curvature-tuning/checks';
import {
  canonicalJson,
  count,
  decodeUtf8,
  filledText,
  fits,
  listOf,
  matching,
  oneOf,
  options,
  parseJson,
  real,
  recordOf,
} from '@curvature-tuning/checks';
import { readIfPresent, replaceFile } from '@curvature-tuning/files/node';
import { hashOfCell } from '@curvature-tuning/sweep';
import type { Cell, CellResult, Json, PlannedCell, SweepFolder } from '@curvature-tuning/sweep';
import { fileURLToPath } from 'node:url';
import type { Found, Results } from './studies/study.js';

/** What was run. */
export interface Records {
  /** `quick`: one seed and few epochs; `paper`: of the paper's size, those cells that could run. */
  size: 'quick' | 'full' | 'paper';
  cells: Pick<CellResult, 'cell' | 'result'>[];
}

/** Seconds and megabytes of a cell. */
interface Cost {
  seconds: number;
  peakMB: number;
}

const folder = fileURLToPath(new URL('../records/', import.meta.url));

const cellSchema: Schema<Cell> = options<Cell>(
  {
    kind: filledText,
    version: count,
    spec: recordOf(matching((value): value is Json => value !== undefined, { expects: 'a value' })),
  },
  ['kind', 'version', 'spec'],
);
/** What `writeRecords` wrote; results are read by those that know their kind. */
const recordsSchema: Schema<Records> = options<Records>(
  {
    size: oneOf('quick', 'full', 'paper'),
    cells: listOf(
      matching((one): one is Records['cells'][number] => fits(cellSchema, (one as Records['cells'][number]).cell), {
        expects: 'a cell with its result',
      }),
    ) as Schema<Records['cells']>,
  },
  ['size', 'cells'],
);
/** Writes the records of a study, and what its cells took. */
export async function writeRecords(
  study: string,
  size: Records['size'],
  planned: readonly PlannedCell[],
  from: SweepFolder,
): Promise<void> {
  const lines: string[] = [];
  const costs = await readCosts();
  // What an earlier run of the study took is told no more.
  for (const { cell } of (await readRecords(study))?.cells ?? []) delete costs[hashOfCell(cell)];
  for (const { hash } of [...planned].sort((a, b) => (a.hash < b.hash ? -1 : 1))) {
    const found = await from.result(hash);
    if (found === undefined) throw new Error(`evidence: the cell ${hash} of ${study} has no result; run it first`);
    lines.push(canonicalJson({ cell: found.cell, result: found.result }));
    const took = await from.costs(hash);
    if (took !== undefined) costs[hash] = { seconds: Number(took.seconds.toFixed(1)), peakMB: Math.round(took.peakMB) };
  }
  await replaceFile(`${folder}${study}.json`, `{"size":"${size}","cells":[\n${lines.join(',\n')}\n]}\n`);
  const sorted = Object.entries(costs).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = sorted.map(([hash, cost]) => `${JSON.stringify(hash)}:${canonicalJson(cost)}`).join(',\n');
  await replaceFile(`${folder}costs.json`, `{\n${text}\n}\n`);
}

/** The records of a study; undefined where it was not run. */
export async function readRecords(study: string): Promise<Records | undefined> {
  const path = `${folder}${study}.json`;
  const bytes = await readIfPresent(path);
  return bytes === undefined ? undefined : parseJson('evidence', path, decodeUtf8(bytes), recordsSchema);
}

/** What every cell took, by hash. */
export async function readCosts(): Promise<Record<string, Cost>> {
  const path = `${folder}costs.json`;
  const bytes = await readIfPresent(path);
  const cost = options<Cost>({ seconds: real({ min: 0 }), peakMB: real({ min: 0 }) }, ['seconds', 'peakMB']);
  return bytes === undefined ? {} : parseJson('evidence', path, decodeUtf8(bytes), recordOf(cost));
}

/** The results of records, to be picked from. */
export function resultsOf(records: readonly Records[]): Results {
  const cells = records.flatMap((one) => one.cells);
  return {
    all: <T extends Json>(kind: string, where = {}) =>
      cells
        .filter(
          ({ cell }) => cell.kind === kind && Object.entries(where).every(([key, value]) => cell.spec[key] === value),
        )
        .map(({ cell, result }) => ({ spec: cell.spec, result: result as T }) satisfies Found<T>)
        // Seeds in one order, so that what is compared is paired.
        .sort((a, b) => Number(a.spec['seed']) - Number(b.spec['seed'])),
  };
}
