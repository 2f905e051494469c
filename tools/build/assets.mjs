// Makes scripts of the data files that packages ship: data/x -> assets/x.js, the bytes in base64.
//
// Development servers, bundlers, Jest and file systems all find a module that is imported; many of them lose a file
// that is only named by its address. Each script is neither an ES module nor CommonJS: it puts its text on globalThis,
// so that `import()` and `require` take the same file and no package ships its data twice. `bundledFile.ts` reads it.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../run/root.mjs';

/** Folders of data by package. */
const sources = { 'ct-datasets': 'data', 'ct-models': 'weights' };

/** Writes the scripts, of some packages or of all, that are older than their data. */
export function makeAssets(names = Object.keys(sources)) {
  for (const [name, folder] of Object.entries(sources)) {
    if (!names.includes(name)) continue;
    const from = join(root, 'packages', name, folder);
    const to = join(root, 'packages', name, 'assets');
    mkdirSync(to, { recursive: true });
    const files = readdirSync(from).filter((file) => !file.endsWith('.md'));
    /** @type {Map<string, () => string>} */
    const wanted = new Map([['package.json', () => '{ "type": "commonjs" }\n']]);
    for (const file of files) {
      wanted.set(`${file}.js`, () => script(name, file, readFileSync(join(from, file))));
      wanted.set(`${file}.d.ts`, () => 'export {};\n');
    }
    for (const stale of readdirSync(to)) if (!wanted.has(stale)) rmSync(join(to, stale));
    for (const [file, contents] of wanted) {
      const source = join(from, file.replace(/\.(js|d\.ts)$/, ''));
      if (!isUpToDate(join(to, file), files.includes(file.replace(/\.(js|d\.ts)$/, '')) ? source : undefined))
        writeFileSync(join(to, file), contents());
    }
  }
}

/**
 * @param {string} name
 * @param {string} file
 * @param {Buffer} bytes
 */
function script(name, file, bytes) {
  const key = JSON.stringify(`${name.replace(/^ct-/, '')}/${file}`);
  return `(globalThis[Symbol.for('@curvature-tuning/assets')] ??= {})[${key}] =\n  '${bytes.toString('base64')}';\n`;
}

/**
 * @param {string} file
 * @param {string | undefined} source What it is made of.
 */
function isUpToDate(file, source) {
  const made = statSync(file, { throwIfNoEntry: false });
  return made !== undefined && (source === undefined || made.mtimeMs >= statSync(source).mtimeMs);
}

// In a package's folder, as nx runs it.
if (process.argv[1] === fileURLToPath(import.meta.url)) makeAssets([basename(process.cwd())]);
