// Which sources have no test of their name, x.test.ts beside x.ts or, where it needs a browser or takes
// long, test/x.browser.ts or test/x.long.ts:
// untested.json lists them, each with the test that reaches it and why it has none, and is to shrink.
// testNames.test.mjs compares; `node tools/check/testNames.mjs --write` takes from the list what has a test by now, and
// names a test for sources that moved or were split.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { root } from '../run/root.mjs';
import { importsOf, packageNames, sourcesOf } from './pictures.mjs';

/** Shorter files are read at a glance, and tested with the one that uses them. */
const FEWEST_LINES = 60;
const list = join(root, 'tools/check/untested.json');

/** @typedef {{ test: string, why: string }} Untested The test that reaches a source, and why it has none of its own. */

/** @returns {Record<string, Untested>} By the path of the source. */
export function listed() {
  return JSON.parse(readFileSync(list, 'utf8'));
}

/** Sources with logic, of 60 lines or more, that have no test of their name. */
export function untested() {
  return packageNames().flatMap((name) =>
    sourcesOf(name)
      .filter((file) => hasLogic(textOf(name, file)) && !testsOfName(name, file).some((path) => existsSync(path)))
      .map((file) => `packages/${name}/src/${file}`),
  );
}

/**
 * @param {string} name The package's folder.
 * @param {string} file Path relative to src/.
 */
function testsOfName(name, file) {
  const folder = join(root, 'packages', name);
  return [
    join(folder, 'src', file.replace(/\.ts$/, '.test.ts')),
    ...['browser', 'long'].map((kind) => join(folder, 'test', basename(file).replace(/\.ts$/, `.${kind}.ts`))),
  ];
}

/**
 * @param {string} name
 * @param {string} file
 */
function textOf(name, file) {
  return readFileSync(join(root, 'packages', name, 'src', file), 'utf8');
}

/**
 * Types, tables and lists of exports have none, and neither has what is generated.
 *
 * @param {string} text
 */
function hasLogic(text) {
  if (text.split('\n').length <= FEWEST_LINES) return false;
  const { statements } = ts.createSourceFile('x.ts', text, ts.ScriptTarget.Latest, true);
  return statements.some(
    (statement) =>
      ts.isFunctionDeclaration(statement) ||
      ts.isClassDeclaration(statement) ||
      (ts.isVariableStatement(statement) && statement.getText().includes('=>')),
  );
}

/**
 * The test of a package that reaches a source by the fewest imports; of those, the one that comes first.
 *
 * @param {string} path
 */
function reachedThrough(path) {
  const [, name = '', , ...rest] = path.split('/');
  const imports = new Map(sourcesOf(name).map((file) => [file, importsOf(name, file)]));
  let reached = [rest.join('/')];
  const seen = new Set(reached);
  const tests = testsOf(name);
  while (reached.length > 0) {
    const stems = reached.map((file) => `/${basename(file).replace(/\.ts$/, '.js')}'`);
    const test = tests.find(({ text }) => stems.some((stem) => text.includes(stem)));
    if (test) return `packages/${name}/${test.file}`;
    const next = [...imports].filter(([file, to]) => !seen.has(file) && to.some((one) => reached.includes(one)));
    reached = next.map(([file]) => file);
    for (const file of reached) seen.add(file);
  }
  return undefined;
}

/** @param {string} name */
function testsOf(name) {
  const tests = ['src', 'test'].flatMap((folder) => {
    const path = join(root, 'packages', name, folder);
    if (!existsSync(path)) return [];
    return readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.(test|browser)\.ts$/.test(file))
      .sort()
      .map((file) => ({ file: `${folder}/${file}`, text: readFileSync(join(path, file), 'utf8') }));
  });
  // The tables of bad arguments name everything and say little.
  const saysLittle = (/** @type {{ file: string }} */ { file }) => file.includes('arguments.test');
  return [...tests.filter((test) => !saysLittle(test)), ...tests.filter(saysLittle)];
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv.includes('--write')) {
  const before = listed();
  const entries = untested().map((path) => {
    const kept = before[path];
    const test =
      kept && existsSync(join(root, kept.test)) ? kept.test : (reachedThrough(path) ?? 'nothing: write its test');
    return [path, { test, why: kept?.why ?? '' }];
  });
  writeFileSync(list, `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`);
}
