// Removes from a package's dist what no source stands behind any more: the compiler leaves it there when a file moves,
// and packages ship the whole of dist. commonjs.mjs and assets.mjs do the same for their folders.
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../run/root.mjs';

/**
 * Cleans some packages, or all.
 *
 * @param {string[]} names Folders of packages/.
 */
export function removeStaleOutput(names = readdirSync(join(root, 'packages'))) {
  for (const name of names) {
    const [src, dist] = ['src', 'dist'].map((folder) => join(root, 'packages', name, folder));
    if (src === undefined || dist === undefined || !existsSync(dist)) continue;
    for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter(isCompiled)) {
      const isInlined = /^checks[\\/]/.test(file) && usesChecks(name) && !existsSync(join(src, 'checks'));
      if (isInlined || existsSync(join(src, file.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts')))) continue;
      rmSync(join(dist, file));
      removeIfEmpty(dirname(join(dist, file)));
    }
  }
}

/** @param {string} file */
function isCompiled(file) {
  return /\.(d\.ts|js)(\.map)?$/.test(file);
}

/**
 * Whether inlineChecks.mjs puts dist/checks into a package; it removes what is stale there.
 *
 * @param {string} name
 */
function usesChecks(name) {
  return readFileSync(join(root, 'packages', name, 'tsconfig.lib.json'), 'utf8').includes('../ct-checks/');
}

/** @param {string} folder */
function removeIfEmpty(folder) {
  if (readdirSync(folder).length > 0) return;
  rmdirSync(folder);
  removeIfEmpty(dirname(folder));
}

// In a package's folder, as nx runs it.
if (process.argv[1] === fileURLToPath(import.meta.url)) removeStaleOutput([basename(process.cwd())]);
