// Makes the CommonJS build of a package of its ES modules: dist/x.js -> cjs/x.js, with the declarations beside it.
//
// It is for loaders that cannot `require` ES modules, Jest's before all; Node from 20.19 on and bundlers load dist for
// `import` and `require` alike ("module-sync", "module"), so that a program has one copy. A package has a CommonJS
// build if its exports name one. cjs/ lies beside dist/, so that `new URL('../native', …)` means the same in both.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from '../run/root.mjs';

/** Brings the CommonJS builds of some packages, or of all, up to date. */
export function makeCommonJs(names = readdirSync(join(root, 'packages'))) {
  for (const name of names) {
    const folder = join(root, 'packages', name);
    if (!existsSync(join(folder, 'package.json'))) continue;
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (manifest.main?.startsWith('./cjs/')) makePackage(folder, manifest);
  }
}

/**
 * @param {string} folder
 * @param {{ sideEffects?: boolean | string[] }} manifest
 */
function makePackage(folder, manifest) {
  const [from, to] = [join(folder, 'dist'), join(folder, 'cjs')];
  const wanted = readdirSync(from, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(js|d\.ts)$/.test(file));
  if (existsSync(to)) {
    const known = new Set(['package.json', ...wanted]);
    for (const file of readdirSync(to, { recursive: true, encoding: 'utf8' }))
      if (/\.\w+$/.test(file) && !known.has(file)) rmSync(join(to, file));
  }
  for (const file of wanted) {
    const [source, target] = [join(from, file), join(to, file)];
    if ((statSync(target, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= statSync(source).mtimeMs) continue;
    const text = readFileSync(source, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '');
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, file.endsWith('.js') ? toCommonJs(text) : text);
  }
  // Bundlers go by the nearest package.json, which tells them here what may be dropped.
  const sideEffects = Array.isArray(manifest.sideEffects)
    ? manifest.sideEffects.filter((path) => path.startsWith('./dist/')).map((path) => path.replace('./dist/', './'))
    : manifest.sideEffects;
  writeIfChanged(join(to, 'package.json'), `${JSON.stringify({ type: 'commonjs', sideEffects })}\n`);
}

/** @type {typeof import('typescript') | undefined} */
let typescript;

/** @param {string} text */
function toCommonJs(text) {
  typescript ??= /** @type {typeof import('typescript')} */ (createRequire(import.meta.url)('typescript'));
  const { ModuleKind, ScriptTarget, transpileModule } = typescript;
  const { outputText } = transpileModule(text, {
    compilerOptions: {
      module: ModuleKind.CommonJS,
      target: ScriptTarget.ES2022,
      esModuleInterop: true,
      ignoreDeprecations: '6.0',
    },
  });
  return outputText.replaceAll('import.meta.url', "require('node:url').pathToFileURL(__filename).href");
}

/**
 * @param {string} file
 * @param {string} text
 */
function writeIfChanged(file, text) {
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}

// In a package's folder, as nx runs it.
if (process.argv[1] === fileURLToPath(import.meta.url)) makeCommonJs([basename(process.cwd())]);
