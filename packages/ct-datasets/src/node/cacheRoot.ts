/**
 * Where downloaded data sets live.
 */
import { check, text } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

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
  const { CT_DATA_DIR, XDG_CACHE_HOME } = process.env;
  const chosen = root ?? CT_DATA_DIR;
  // A variable set to nothing counts as unset, as everywhere in a shell.
  if (chosen) return chosen;
  // The XDG specification has relative paths ignored.
  const cache = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache');
  // An empty HOME would have the data end up wherever the program was started.
  if (!isAbsolute(cache))
    throw new Error(
      `cacheRoot: the home folder must be an absolute path, got "${homedir()}"; set CT_DATA_DIR to the ` +
        'folder to keep data sets in',
    );
  return join(cache, 'curvature-tuning');
}
