/**
 * What a folder's cells are, for workers that were told nothing but the folder: `plan.json`.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { check, decodeUtf8, filledText, matching, options, parseJson, recordOf, whole } from '@curvature-tuning/checks';
import { readIfPresent, replaceFile } from '@curvature-tuning/files/node';
import { join } from 'node:path';
import type { CellKinds } from '../cell/cell.js';
import type { Sweep } from '../cell/sweep.js';
import { kindsSchema, sweepSchema } from '../cell/sweep.js';
import { kindOf } from '../run/callKind.js';

interface Plan {
  format: 1;
  sweep: Sweep;
  /** The version of each kind, as whoever began the sweep has it. */
  versions: Record<string, number>;
}

const planSchema: Schema<Plan> = options<Plan>(
  {
    format: matching((value): value is 1 => value === 1, { expects: 'format 1' }),
    sweep: sweepSchema,
    versions: recordOf(whole({ min: 1 })),
  },
  ['format', 'sweep', 'versions'],
);

export const writePlanArguments: Entries<{ folder: string; sweep: Sweep; kinds: CellKinds }> = {
  folder: filledText,
  sweep: sweepSchema,
  kinds: kindsSchema,
};

/** Writes what a folder's cells are. */
export async function writePlan(folder: string, sweep: Sweep, kinds: CellKinds): Promise<void> {
  check('writePlan', writePlanArguments, { folder, sweep, kinds });
  const names = [...new Set(sweep.cells.map(({ kind }) => kind))];
  const versions = Object.fromEntries(names.flatMap((name) => (kinds[name] ? [[name, kinds[name].version]] : [])));
  const plan: Plan = { format: 1, sweep, versions };
  await replaceFile(join(folder, 'plan.json'), `${JSON.stringify(plan, null, 1)}\n`);
}

export const readPlanArguments: Entries<{ folder: string; kinds: CellKinds }> = {
  folder: filledText,
  kinds: kindsSchema,
};

/**
 * Reads what a folder's cells are.
 *
 * @throws Error where there is no plan; RangeError where a kind is unknown here or of another version.
 */
export async function readPlan(folder: string, kinds: CellKinds): Promise<Sweep> {
  check('readPlan', readPlanArguments, { folder, kinds });
  const path = join(folder, 'plan.json');
  const bytes = await readIfPresent(path);
  if (bytes === undefined)
    throw new Error(`worker: ${folder} must be the folder of a sweep, it has no plan.json; begin with ct sweep`);
  const { sweep, versions } = parseJson(path, 'its content', decodeUtf8(bytes), planSchema);
  for (const [kind, version] of Object.entries(versions)) kindOf(kinds, { kind, version, spec: {} });
  return sweep;
}
