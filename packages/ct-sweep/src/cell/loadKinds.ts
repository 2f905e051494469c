/**
 * The kinds of cells that a module exports: what the one who starts a worker names, never what a queue says.
 */
import { check, checkValue, filledText } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { CellKinds } from './cell.js';
import { kindsSchema } from './sweep.js';

export const loadKindsArguments: Entries<{ url: string }> = { url: filledText };

/**
 * Imports a module, by its `file:` URL or the name of a package, and returns what it exports as `cells`.
 *
 * @throws Error where there is no such module, TypeError where it exports no kinds.
 */
export async function loadKinds(url: string): Promise<CellKinds> {
  check('loadKinds', loadKindsArguments, { url });
  let module: Record<string, unknown>;
  try {
    module = (await import(url)) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`loadKinds: url must name a module with cells, got ${url}: ${(cause as Error).message}`, { cause });
  }
  checkValue('loadKinds', `the export cells of ${url}`, kindsSchema, module['cells']);
  return module['cells'];
}
