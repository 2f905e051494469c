// Programs that run JavaScript, by npm: installed once, in the user's cache folder.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot } from '../../packages/ct-files/dist/node.js';
import { run } from '../run/setup.mjs';

/** @typedef {{ name: string, version: string, command: readonly string[] }} Runtime */

/**
 * Those that the packages are tried on beside the Node at hand.
 *
 * @type {readonly Runtime[]}
 */
export const RUNTIMES = [
  { name: 'node', version: '20.19.0', command: ['node'] },
  { name: 'node', version: '22.23.3', command: ['node'] },
  { name: 'node', version: '24.21.0', command: ['node'] },
  { name: 'bun', version: '1.4.5', command: ['bun', 'run'] },
  { name: 'deno', version: '2.9.6', command: ['deno', 'run', '--allow-all', '--no-prompt'] },
];

/**
 * The command that runs a program on it.
 *
 * @param {Runtime} runtime
 * @returns {string[]}
 */
export function runtime({ name, version, command: [program = name, ...args] }) {
  const folder = join(cacheRoot(), 'runtimes', `${name}-${version}`);
  if (!existsSync(join(folder, '.installed'))) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{ "name": "runtimes", "private": true }\n');
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    const status = run('npm', ['install', '--prefix', folder, ...quiet, `${name}@${version}`]);
    if (status !== 0)
      throw new Error(`runtime: npm could not install ${name} ${version} (status ${status}); see above`);
    writeFileSync(join(folder, '.installed'), '');
  }
  return [join(folder, 'node_modules/.bin', program), ...args];
}
