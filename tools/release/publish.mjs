// The next release of every package, published to a registry from a clone of what is committed: changesets choose the
// versions and write the changelogs, as in the release workflow.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../run/root.mjs';

/** @typedef {{ name: string, version: string, changelog: string }} Release */

/**
 * Publishes what HEAD's next release is. The checkout stays as it is.
 *
 * @param {{ url: string, userConfig: string }} registry Its address, and settings of npm that publish to it.
 * @returns {Release[]} What was published, with the changelog's entry of this version.
 */
export function publishNextRelease({ url, userConfig }) {
  const clone = mkdtempSync(join(tmpdir(), 'ct-release-'));
  const call = (/** @type {string} */ command, /** @type {string[]} */ args) =>
    execFileSync(command, args, { cwd: clone, stdio: ['ignore', 'inherit', 'inherit'] });
  const changeset = join('node_modules', '@changesets', 'cli', 'bin.js');
  try {
    execFileSync('git', ['clone', '--quiet', '--local', root, clone]);
    call(process.execPath, ['tools/run/setup.mjs']);
    call(process.execPath, [changeset, 'version']);
    /** @type {{ packageManager: string }} */
    const { packageManager } = JSON.parse(readFileSync(join(clone, 'package.json'), 'utf8'));
    // Changesets publishes with pnpm, which writes versions where `workspace:` stands. npx puts it on the path, from
    // the registry that it comes from.
    const settings = [`npm_config_userconfig=${userConfig}`, `npm_config_registry=${url}`];
    const publish = ['env', ...settings, process.execPath, changeset, 'publish'];
    call('npx', ['--yes', '--package', packageManager, '--', ...publish]);
    return releasesIn(clone);
  } finally {
    rmSync(clone, { recursive: true });
  }
}

/**
 * @param {string} clone
 * @returns {Release[]}
 */
function releasesIn(clone) {
  return readdirSync(join(clone, 'packages')).flatMap((folder) => {
    const read = (/** @type {string} */ file) => readFileSync(join(clone, 'packages', folder, file), 'utf8');
    const { name, version, private: isPrivate } = JSON.parse(read('package.json'));
    if (isPrivate) return [];
    const [, ...entries] = read('CHANGELOG.md').split(/^## /m);
    return [{ name, version, changelog: (entries[0] ?? '').trim() }];
  });
}
