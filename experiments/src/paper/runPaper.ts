/**
 * The studies at the paper's size: what can run on this machine, what is lacking, and running the former.
 */
import { cellsOf } from '@curvature-tuning/sweep';
import type { PlannedCell } from '@curvature-tuning/sweep';
import { writeRecords } from '../records.js';
import { runCells } from '../runCells.js';
import type { Place } from '../runCells.js';
import { lackingText, sortOut } from './needs.js';
import { specificationOf, SPECIFICATIONS } from './specifications.js';

/** A day a cell is the default limit of a sweep, too little here. */
const WEEK = 7 * 86_400;

/** What `--scale paper` was told beside the studies. */
export interface PaperRun extends Place {
  backend: 'wasm' | 'node';
  /** Whether nothing is to be run. */
  isList: boolean;
  /** `method=probe,seed=42`: the cells alone whose specification has these values; all where it is empty. */
  where: string;
}

/** Lists the cells of the studies that the paper has, runs those that can run, and writes their records. */
export async function runPaper(
  wanted: readonly string[],
  { backend, isList, where, ...place }: PaperRun,
): Promise<void> {
  const studies = wanted.filter((name) => Object.hasOwn(SPECIFICATIONS, name));
  const own = wanted.filter((name) => !studies.includes(name));
  if (own.length > 0) console.log(`not the paper's, twins alone: ${own.join(', ')}`);
  const planned = new Map<string, PlannedCell[]>();
  for (const name of studies) {
    const cells = cellsOf({ name, cells: specificationOf(name, backend) }, place.kinds);
    planned.set(name, cells.filter(chosenBy(where)));
  }
  const { able, lacking } = await sortOut([...planned.values()].flat());
  const ready = new Set(able);
  for (const [name, cells] of planned) {
    const count = cells.filter((cell) => ready.has(cell)).length;
    console.log(`${name.padEnd(24)}${String(cells.length).padStart(6)} cells, ${count} can run here`);
  }
  if (lacking.length > 0)
    console.log(`\nLacking, where ct is node packages/ct-cli/dist/bin.js:\n${lackingText(lacking)}`);
  if (isList || able.length === 0) return;
  const grids = able.map(({ cell }) => ({ kind: cell.kind, base: cell.spec }));
  const kept = await runCells({ name: 'paper', cells: grids, limits: { seconds: WEEK, attempts: 2 } }, place);
  for (const [name, cells] of planned) {
    const done = cells.filter((cell) => ready.has(cell));
    if (done.length > 0) await writeRecords(`paper-${name}`, 'paper', done, kept);
  }
}

/** Whether the specification of a cell has some values. @throws RangeError where the text is no list of `key=value`. */
function chosenBy(where: string): (planned: PlannedCell) => boolean {
  const pairs = where === '' ? [] : where.split(',').map((pair) => pair.split('='));
  const odd = pairs.find((pair) => pair.length !== 2);
  if (odd !== undefined)
    throw new RangeError(`evidence: --where must be key=value,key=value, got "${odd.join('=')}" in it`);
  return ({ cell }) => pairs.every(([key, value]) => `${cell.spec[key!] as string | number}` === value);
}
