// After `vitepress build` with the base BASE: makes what it wrote work from any folder of any server, and from file://.
//
//     node scripts/portable.mjs FOLDER
//
// HTML and CSS get relative addresses; JavaScript finds the base from its own; on file:// the scripts of
// offlineBundle.mjs stand in for the modules.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BASE, wayUp, withoutBase } from './addresses.mjs';
import { offlineBundle } from './offlineBundle.mjs';
import { startUp } from './startUp.mjs';

/** @param {string} folder */
export async function makePortable(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
  const { script, data } = await offlineBundle(folder, files);
  for (const file of files) {
    const change = { css: styles, js: modules, html: page }[file.split('.').pop() ?? ''];
    if (change === undefined) continue;
    const text = readFileSync(join(folder, file), 'utf8');
    if (file.endsWith('.html') || text.includes(BASE)) writeFileSync(join(folder, file), change(text, wayUp(file)));
  }
  writeFileSync(join(folder, 'assets/offline.js'), script);
  writeFileSync(join(folder, 'assets/offline-data.js'), data);
}

/** @type {(text: string, up: string) => string} */
const styles = (text, up) => text.replaceAll(BASE, up);

/** @type {(text: string, up: string) => string} */
const modules = (text, up) =>
  withoutBase(text, (literal) => {
    const base = `(globalThis.ctBase??=new URL("${up}",import.meta.url).pathname)`;
    return `(${literal}.replaceAll("${BASE}",${base}))`;
  });

/**
 * A page: relative addresses, folders by their index.html, and scripts that are chosen once the scheme is known, since
 * modules on file:// only write errors.
 *
 * @param {string} text
 * @param {string} up
 */
function page(text, up) {
  const script = /<script type="module" src="([^"]+)"><\/script>\s*/g;
  const sources = [...text.matchAll(script)].map(([, source = '']) => source.replaceAll(BASE, up));
  const address = new RegExp(`(href|src)="${BASE}([^"]*)"`, 'g');
  return text
    .replace(script, '')
    .replace(/<link rel="modulepreload"[^>]*>\s*/g, '')
    .replace(address, (_, attribute, path) => `${attribute}="${up}${attribute === 'href' ? toIndex(path) : path}"`)
    .replace('</body>', `${startUp(sources, up)}</body>`);
}

/** @param {string} path */
const toIndex = (path) => path.replace(/(^|\/)(?=#|$)/, '$1index.html');

if (process.argv[1] === fileURLToPath(import.meta.url)) await makePortable(resolve(process.argv[2] ?? ''));
