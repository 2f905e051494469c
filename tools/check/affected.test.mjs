// A change to one package's source concerns that package and those that depend on it, by `nx affected`, and no other.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { root } from '../run/root.mjs';
import { packageNames } from './pictures.mjs';

/** What each package lists of this workspace, for its sources or its tests, by the names of folders. */
const dependencies = new Map(
  packageNames().map((name) => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    const listed = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies });
    const own = listed
      .filter((other) => other.startsWith('@curvature-tuning/'))
      .map((other) => `ct-${other.slice(18)}`);
    return [name, own];
  }),
);

/**
 * @param {string} name
 * @param {string} on
 * @param {Set<string>} seen
 * @returns {boolean}
 */
function dependsOn(name, on, seen = new Set()) {
  if (name === on) return true;
  if (seen.has(name)) return false;
  seen.add(name);
  return (dependencies.get(name) ?? []).some((other) => dependsOn(other, on, seen));
}

/** @param {string} file */
async function affected(file) {
  const nx = join(root, 'node_modules/nx/dist/bin/nx.js');
  const args = [nx, 'show', 'projects', '--affected', '--json', '--files', file];
  const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
  /** @type {string[]} */
  const projects = JSON.parse(stdout);
  return projects.filter((name) => dependencies.has(name)).sort();
}

it.each(['ct-cli', 'ct-robustbench', 'ct-safetensors', 'ct-wasm-host'])(
  'a source of %s: it and those that depend on it',
  async (name) => {
    const source = readdirSync(join(root, 'packages', name, 'src')).find((file) => file.endsWith('.ts'));
    const expected = packageNames().filter((other) => dependsOn(other, name));
    expect(expected.length).toBeLessThan(packageNames().length);
    expect(await affected(`packages/${name}/src/${source}`)).toEqual(expected);
  },
);
