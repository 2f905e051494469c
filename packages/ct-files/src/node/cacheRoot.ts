/**
 * Where files live that can be had again: the cache folder of the user, by the rules of the XDG specification.
 */
import { check, filledText, options as optionsOf } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** What {@link cacheRoot} looks at. */
export interface CacheRootOptions {
  /** An environment variable that may name another folder. */
  readonly variable?: string | undefined;
  /** The folder below that of these packages. */
  readonly folder?: string | undefined;
}

export const cacheRootArguments: Entries<{ options: CacheRootOptions }> = {
  options: optionsOf<CacheRootOptions>({ variable: filledText, folder: filledText }),
};

/**
 * The first of: the environment variable `variable`; `$XDG_CACHE_HOME/curvature-tuning/<folder>`;
 * `~/.cache/curvature-tuning/<folder>`. Nothing is created.
 *
 * @throws Error when none of these is set and the home folder is not known.
 */
export function cacheRoot(options: CacheRootOptions = {}): string {
  check('cacheRoot', cacheRootArguments, { options });
  const { variable, folder = '' } = options;
  const chosen = variable === undefined ? undefined : process.env[variable];
  // A variable set to nothing counts as unset, as everywhere in a shell.
  if (chosen) return chosen;
  const { XDG_CACHE_HOME } = process.env;
  // The XDG specification has relative paths ignored.
  const cache = XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(homedir(), '.cache');
  // An empty HOME would have the files end up wherever the program was started.
  if (!isAbsolute(cache))
    throw new Error(
      `cacheRoot: the home folder must be an absolute path, got "${homedir()}"; set ` +
        `${variable ?? 'XDG_CACHE_HOME'} to the folder to keep files in`,
    );
  return join(cache, 'curvature-tuning', folder);
}
