/**
 * Calls the function of a cell, and checks what it gives.
 */
import { checkValue } from '@curvature-tuning/checks';
import type { Cell, CellContext, CellKinds, Json } from '../cell/cell.js';
import { json } from '../cell/cell.js';
import { kindNamed } from '../cell/sweep.js';

/**
 * The result of a cell.
 *
 * @throws RangeError where the kind is unknown here or of another version; TypeError where the result is no JSON; and
 *   what the cell throws.
 */
export async function callKind(kinds: CellKinds, cell: Cell, context: CellContext): Promise<Json> {
  const kind = kindOf(kinds, cell);
  const result: unknown = await kind.run(cell.spec, context);
  checkValue('worker', `the result of ${cell.kind}`, json, result);
  return result;
}

/**
 * The kind of a cell.
 *
 * @throws RangeError where it is unknown here or of another version: an old worker, or a new one.
 */
export function kindOf(kinds: CellKinds, { kind: name, version }: Cell): CellKinds[string] {
  const kind = kindNamed('worker', kinds, name);
  if (kind.version !== version)
    throw new RangeError(
      `worker: cells "${name}" must be of version ${version}, as whoever began the sweep has them, this worker has ` +
        `version ${kind.version}; bring the older of the two up to date`,
    );
  return kind;
}
