// A commit to compare with, checked out and built beside this one.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../run/root.mjs';

const git = (/** @type {string[]} */ ...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

/** The commit to compare with where none is named: what is not committed with what is, a branch with where it began. */
export function defaultBaseline() {
  if (git('status', '--porcelain', '--untracked-files=no') !== '') return 'HEAD';
  const begin = git('merge-base', 'HEAD', 'main');
  return begin === git('rev-parse', 'HEAD') ? 'HEAD~1' : begin;
}

/**
 * Builds a commit in a worktree that is kept for the next time, and gives it the cases of this checkout.
 *
 * @param {string} ref
 * @returns {{ folder: string, commit: string }}
 */
export function buildBaseline(ref) {
  const commit = git('rev-parse', '--verify', `${ref}^{commit}`);
  const folder = join(root, 'node_modules', '.ct-bench', commit.slice(0, 12));
  if (!existsSync(folder)) {
    git('worktree', 'prune');
    git('worktree', 'add', '--quiet', '--detach', folder, commit);
  }
  execFileSync(process.execPath, ['tools/run/setup.mjs'], { cwd: folder, stdio: ['ignore', 'inherit', 'inherit'] });
  cpSync(import.meta.dirname, join(folder, 'tools/bench/compare'), { recursive: true });
  for (const name of readdirSync(join(root, 'packages'))) {
    const cases = join(root, 'packages', name, 'bench');
    const target = join(folder, 'packages', name);
    if (!existsSync(cases) || !existsSync(target)) continue;
    rmSync(join(target, 'bench'), { recursive: true, force: true });
    cpSync(cases, join(target, 'bench'), { recursive: true });
  }
  return { folder, commit };
}
