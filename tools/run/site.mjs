// `npm run site`: the site, at an address of this machine, changed as its files change. `npm run site:build`: as static
// files that work from any folder and from file://, in apps/site/.vitepress/dist.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, setUp } from './setup.mjs';

const site = join(root, 'apps/site');
const tool = (/** @type {string} */ entry) => join(site, 'node_modules', entry);

/**
 * Runs a program of the site's; ends the process where it fails.
 *
 * @param {readonly string[]} command
 * @param {Record<string, string>} [env]
 */
function step(command, env) {
  const status = run(process.execPath, command, env);
  if (status !== 0) process.exit(status);
}

setUp();
console.log('Describing the API (a quarter of a minute) ...');
rmSync(join(site, 'pages/api'), { recursive: true, force: true });
step([tool('typedoc/bin/typedoc'), '--options', join(site, 'typedoc.json'), '--logLevel', 'Warn']);
const vitepress = tool('vitepress/bin/vitepress.js');
if (process.argv.includes('--build')) {
  step([vitepress, 'build', site], { SITE_BASE: '/__base__/' });
  step([join(site, 'scripts/portable.mjs'), join(site, '.vitepress/dist')]);
  console.log(`Open ${join(site, '.vitepress/dist/index.html')}, or serve the folder from anywhere.`);
} else step([vitepress, 'dev', site, '--host', '127.0.0.1', '--open']);
