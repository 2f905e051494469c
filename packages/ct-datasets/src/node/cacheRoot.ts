/**
 * Where downloaded data sets live.
 */
import { check, text } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { cacheRoot as rootOf } from '@curvature-tuning/files/node';

export const cacheRootArguments: Entries<{ root: string | undefined }> = { root: text };

/**
 * The folder that holds one folder for each data set.
 *
 * The first of: `root`; the environment variable `CT_DATA_DIR`; `$XDG_CACHE_HOME/curvature-tuning`;
 * `~/.cache/curvature-tuning`. Nothing is created.
 *
 * @throws Error when none of these is set and the home folder is not known.
 */
export function cacheRoot(root?: string): string {
  if (root !== undefined) check('cacheRoot', cacheRootArguments, { root });
  return root || rootOf({ variable: 'CT_DATA_DIR' });
}
