// The two pictures of docs/architecture.md, as mermaid blocks: which package imports which, and which room of
// ct-layers; and its list of the ways through ct-layers. Lint reads the first (eslint.config.js), architecture.test.mjs
// compares all with the imports, and `node tools/check/pictures.mjs --write` draws them anew.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { root } from '../run/root.mjs';

const page = join(root, 'docs/architecture.md');
const SCOPE = '@curvature-tuning/';

/** @typedef {Map<string, Set<string>>} Arrows From the one that imports to those it imports. */
/** @typedef {'packages' | 'rooms of ct-layers'} Picture The headings of the blocks: `%% packages`. */

/** Folders of packages/ that are packages, in order of name. */
export function packageNames() {
  const folder = join(root, 'packages');
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'package.json')));
}

/**
 * Paths of a package's sources, relative to src/, tests left out.
 *
 * @param {string} name A folder of packages/.
 */
export function sourcesOf(name) {
  const files = readdirSync(join(root, 'packages', name, 'src'), { recursive: true, encoding: 'utf8' });
  return files
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .sort();
}

/**
 * What one source imports, types included.
 *
 * @param {string} name The package's folder.
 * @param {string} file Path relative to src/.
 * @returns {string[]} Folders of packages, and paths relative to src/ of the own package.
 */
export function importsOf(name, file) {
  const path = join(root, 'packages', name, 'src', file);
  const known = read.get(path) ?? importsIn(readFileSync(path, 'utf8'), file);
  read.set(path, known);
  return known;
}

/** @type {Map<string, string[]>} What has been read of each source: every picture asks for all of them. */
const read = new Map();

/**
 * @param {string} text
 * @param {string} file
 */
function importsIn(text, file) {
  return ts.preProcessFile(text, true, true).importedFiles.flatMap(({ fileName }) => {
    if (fileName.startsWith(SCOPE)) return [`ct-${fileName.slice(SCOPE.length).split('/')[0]}`];
    if (!fileName.startsWith('.')) return [];
    return [posix.join(posix.dirname(file), fileName).replace(/\.js$/, '.ts')];
  });
}

/**
 * The arrows that the sources draw.
 *
 * @param {Picture} picture
 * @returns {Arrows}
 */
export function drawn(picture) {
  /** @type {Arrows} */
  const arrows = new Map();
  const add = (/** @type {string} */ from, /** @type {string} */ to) => {
    if (from !== to) arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
  };
  if (picture === 'packages') {
    for (const name of packageNames())
      for (const file of sourcesOf(name)) for (const to of importsOf(name, file)) if (!to.includes('.')) add(name, to);
  } else {
    // A file outside the rooms is an entry, which takes from all of them.
    for (const file of sourcesOf('ct-layers'))
      for (const to of importsOf('ct-layers', file))
        if (file.includes('/') && !to.startsWith('ct-')) add(roomOf(file), roomOf(to));
  }
  return arrows;
}

/** @param {string} file */
const roomOf = (file) => (file.includes('/') ? /** @type {string} */ (file.split('/')[0]) : file);

/**
 * The arrows that docs/architecture.md shows.
 *
 * @param {Picture} picture
 * @returns {Arrows}
 */
export function shown(picture) {
  /** @type {Arrows} */
  const arrows = new Map();
  const block = blockOf(picture).exec(readFileSync(page, 'utf8'))?.[0];
  if (block === undefined) throw new Error(`docs/architecture.md has no mermaid block that begins with: %% ${picture}`);
  for (const line of block.split('\n')) {
    const [from, to] = line.split('-->').map((side) => side.split('&').map((name) => name.trim()));
    if (from === undefined || to === undefined) continue;
    for (const name of from) arrows.set(name, new Set([...(arrows.get(name) ?? []), ...to]));
  }
  return arrows;
}

/**
 * What is in one set of arrows and not in the other: `a --> b`.
 *
 * @param {Arrows} arrows
 * @param {Arrows} others
 */
export function missingFrom(arrows, others) {
  return [...arrows].flatMap(([from, all]) =>
    [...all].filter((to) => !others.get(from)?.has(to)).map((to) => `${from} --> ${to}`),
  );
}

/**
 * Rings of arrows, each as the names in it: those that can reach each other.
 *
 * @param {Arrows} arrows
 */
export function rings(arrows) {
  /** @type {Map<string, Set<string>>} */
  const reached = new Map();
  for (const start of arrows.keys()) {
    const seen = /** @type {Set<string>} */ (new Set());
    const next = [...(arrows.get(start) ?? [])];
    for (let name = next.pop(); name !== undefined; name = next.pop())
      if (!seen.has(name)) {
        seen.add(name);
        next.push(...(arrows.get(name) ?? []));
      }
    reached.set(start, seen);
  }
  const inRing = [...arrows.keys()].filter((name) => reached.get(name)?.has(name));
  const ringOf = (/** @type {string} */ name) =>
    inRing.filter((other) => reached.get(name)?.has(other) && reached.get(other)?.has(name)).sort();
  return [...new Set(inRing.map((name) => ringOf(name).join(', ')))];
}

/** Sources of ct-layers whose ways the page lists, each named after the function where one comes in. */
const WAYS = ['surgery/replaceActivations.ts', 'probe/linearProbe.ts', 'steer/steer.ts', 'train/tune.ts'];

/** Rooms that every way passes: what they have is read, and changes nothing. */
const READ = ['host', 'unit', 'model', 'examples'];

/**
 * The ways through ct-layers: the files of a function's own folder that run, in the order in which one comes to them,
 * and those of other folders that they call on. Imports of types are left out.
 *
 * @returns {{ name: string, own: string[], others: string[] }[]}
 */
export function ways() {
  return WAYS.map((start) => {
    const folder = posix.dirname(start);
    const own = [start];
    /** @type {Set<string>} */
    const others = new Set();
    for (const file of own)
      for (const to of valuesImportedBy(file))
        if (posix.dirname(to) !== folder) others.add(to);
        else if (!own.includes(to)) own.push(to);
    return {
      name: posix.basename(start, '.ts'),
      own: own.map((file) => posix.basename(file, '.ts')),
      others: [...others].filter((file) => !READ.includes(roomOf(file))).map((file) => file.replace(/\.ts$/, '')),
    };
  });
}

/**
 * What a source of ct-layers imports of the own package, but for types.
 *
 * @param {string} file
 */
function valuesImportedBy(file) {
  const text = readFileSync(join(root, 'packages/ct-layers/src', file), 'utf8');
  const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  return statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) || statement.importClause?.isTypeOnly) return [];
    const { text: from } = /** @type {ts.StringLiteral} */ (statement.moduleSpecifier);
    return from.startsWith('.') ? [posix.join(posix.dirname(file), from).replace(/\.js$/, '.ts')] : [];
  });
}

const LIST = /(?<=<!-- ways -->\n\n)[^]*?(?=\n<!-- end of the ways -->)/;

/** The list of the ways that docs/architecture.md shows. */
export function shownWays() {
  return LIST.exec(readFileSync(page, 'utf8'))?.[0];
}

/** The list of the ways that the sources have. */
export function drawnWays() {
  const named = (/** @type {string[]} */ files) => files.map((file) => `\`${file}\``).join(', ');
  return ways()
    .map(({ name, own, others }) => `- \`${name}\`: ${named(own)}; calls on ${named(others.sort())}.`)
    .map((line) => line.replace(/(?=.{119})(.{1,117}) /g, '$1\n  ') + '\n')
    .join('');
}

/** @param {Picture} picture */
function blockOf(picture) {
  return new RegExp(`(?<=\`\`\`mermaid\\n)%% ${picture}\\n[^]*?(?=\`\`\`)`);
}

/**
 * A mermaid block: one line for all that import the same, those that import little first.
 *
 * @param {Picture} picture
 */
function block(picture) {
  /** @type {Map<string, string[]>} */
  const byTargets = new Map();
  for (const [from, to] of drawn(picture)) {
    const targets = [...to].sort().join(' & ');
    byTargets.set(targets, [...(byTargets.get(targets) ?? []), from]);
  }
  const lines = [...byTargets].map(([to, from]) => `  ${from.sort().join(' & ')} --> ${to}`);
  lines.sort((a, b) => a.split('&').length - b.split('&').length || (a < b ? -1 : 1));
  return `%% ${picture}\ngraph BT\n${lines.join('\n')}\n`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let text = readFileSync(page, 'utf8');
  for (const picture of /** @type {Picture[]} */ (['packages', 'rooms of ct-layers'])) {
    console.log(block(picture));
    text = text.replace(blockOf(picture), () => block(picture));
  }
  console.log(drawnWays());
  text = text.replace(LIST, () => drawnWays());
  if (process.argv.includes('--write')) writeFileSync(page, text);
}
