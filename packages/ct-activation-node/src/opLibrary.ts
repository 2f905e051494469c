/**
 * Where the compiled op lies: in the cache, under a name that changes with whatever it was made of.
 */
import { cacheRoot } from '@curvature-tuning/files/node';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the native sources. */
export const nativeFolder: string = fileURLToPath(new URL('../native', import.meta.url));

/**
 * The folder for libraries and what is built on them; it survives reinstalls.
 *
 * The first of: the environment variable `CT_NODE_CACHE`; `$XDG_CACHE_HOME/curvature-tuning/node`;
 * `~/.cache/curvature-tuning/node`. Nothing is created.
 */
export function cacheFolder(): string {
  return cacheRoot({ variable: 'CT_NODE_CACHE', folder: 'node' });
}

/** The op for one version of TensorFlow, whether it is there or not. */
export function opLibraryPath(tensorflow: string): string {
  return join(cacheFolder(), 'ops', `${tensorflow}-${process.arch}-${fingerprint()}`, 'ctu.node');
}

let known: string | undefined;

/** Of everything that the op is compiled from: a changed source is another library. */
function fingerprint(): string {
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  const folders = ['.', 'cpu', 'cpu/convolution', 'cuda', 'cuda/binaries', 'tensorflow'].map((name) =>
    join(nativeFolder, name),
  );
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => join(folder, name)),
  );
  for (const file of files.sort())
    hash
      .update(`${relative(nativeFolder, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  known = hash.digest('hex').slice(0, 12);
  return known;
}
