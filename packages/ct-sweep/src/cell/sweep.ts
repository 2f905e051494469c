/**
 * A sweep: a JSON file that says which cells there are, and what each may cost.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  check,
  checkValue,
  count,
  filledText,
  listOf,
  matching,
  options,
  parseJson,
  real,
  recordOf,
} from '@curvature-tuning/checks';
import type { Cell, CellKinds, CellSpec, Json } from './cell.js';
import { cellSpec, hashOfCell, json } from './cell.js';

/** What a cell may take before it is ended and reported. */
export interface CellLimits {
  /** Default 86,400: a day. */
  seconds?: number | undefined;
  /** Resident memory. Default: none. */
  memoryMB?: number | undefined;
  /** How often a cell that fails is begun in all. Default 3. */
  attempts?: number | undefined;
}

/** Cells of one kind: `base`, with every combination of the values in `over`. */
export interface CellGrid {
  kind: string;
  base?: CellSpec | undefined;
  over?: Readonly<Record<string, readonly Json[]>> | undefined;
}

/** What the file says. */
export interface Sweep {
  /** Letters, digits, dots and dashes: names the queue. */
  name: string;
  cells: readonly CellGrid[];
  limits?: CellLimits | undefined;
}

/** A cell to be run. */
export interface PlannedCell {
  cell: Cell;
  hash: string;
  /** Expected seconds; 1 where nobody knows. */
  cost: number;
}

export const limitsSchema: Schema<CellLimits> = options<CellLimits>({
  seconds: real({ above: 0, max: 1e6 }),
  memoryMB: real({ above: 0, max: 1e9 }),
  attempts: count,
});

export const sweepName: Schema<string> = matching(
  (value): value is string => typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/.test(value),
  { expects: 'a name of up to 64 letters, digits, dots and dashes' },
);

export const sweepSchema: Schema<Sweep> = options<Sweep>(
  {
    name: sweepName,
    cells: listOf(
      options<CellGrid>({ kind: filledText, base: cellSpec, over: recordOf(listOf(json, { min: 1 })) }, ['kind']),
      { min: 1 },
    ),
    limits: limitsSchema,
  },
  ['name', 'cells'],
);

export const kindsSchema: Schema<CellKinds> = recordOf(
  matching(
    (value): value is CellKinds[string] =>
      typeof (value as CellKinds[string] | null)?.run === 'function' &&
      Number.isSafeInteger((value as CellKinds[string]).version) &&
      (value as CellKinds[string]).version >= 1,
    { expects: 'a kind of cell: { version: 1, run: (spec, context) => … }' },
  ),
);

export const parseSweepArguments: Entries<{ name: string; json: string }> = { name: filledText, json: filledText };

/** Reads a sweep from the text of its file, which `name` names in errors. @throws Error where it is none. */
export function parseSweep(name: string, json: string): Sweep {
  check('parseSweep', parseSweepArguments, { name, json });
  return parseJson('parseSweep', name, json, sweepSchema);
}

export const cellsOfArguments: Entries<{ sweep: Sweep; kinds: CellKinds }> = { sweep: sweepSchema, kinds: kindsSchema };

/**
 * The cells of a sweep, each once, dearest first and then by hash: one order on every machine.
 *
 * @throws RangeError for a kind that is not among `kinds`.
 */
export function cellsOf(sweep: Sweep, kinds: CellKinds): PlannedCell[] {
  check('cellsOf', cellsOfArguments, { sweep, kinds });
  const planned = new Map<string, PlannedCell>();
  for (const { kind: name, base = {}, over = {} } of sweep.cells) {
    const kind = kindNamed('cellsOf', kinds, name);
    for (const chosen of combinations(Object.entries(over))) {
      const cell: Cell = { kind: name, version: kind.version, spec: { ...base, ...chosen } };
      const hash = hashOfCell(cell);
      const cost = kind.cost?.(cell.spec) ?? 1;
      checkValue('cellsOf', `the cost of ${name}`, real({ min: 0 }), cost);
      planned.set(hash, { cell, hash, cost });
    }
  }
  return [...planned.values()].sort((a, b) => b.cost - a.cost || (a.hash < b.hash ? -1 : 1));
}

/** The kind of that name. @throws RangeError in the caller's name where there is none. */
export function kindNamed(caller: string, kinds: CellKinds, name: string): CellKinds[string] {
  if (Object.hasOwn(kinds, name)) return kinds[name]!;
  throw new RangeError(
    `${caller}: the kind of a cell must be one of ${Object.keys(kinds).join(', ') || 'none'}, got "${name}"; ` +
      'pass the module that exports it',
  );
}

function combinations(over: readonly (readonly [string, readonly Json[]])[]): CellSpec[] {
  return over.reduce<CellSpec[]>(
    (all, [key, values]) => all.flatMap((chosen) => values.map((value) => ({ ...chosen, [key]: value }))),
    [{}],
  );
}
