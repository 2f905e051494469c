// docs/architecture.md shows what the sources do, and the house keeps its rules: no cycles, no crowded folders, no long
// lines, no library that waits for the packages above it.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root } from '../run/root.mjs';
import {
  drawn,
  drawnWays,
  importsOf,
  missingFrom,
  packageNames,
  rings,
  shown,
  shownWays,
  sourcesOf,
  ways,
} from './pictures.mjs';

const MOST_FILES = 15;
const MOST_FILES_OF_A_WAY = 8;
const MOST_COLUMNS = 120;
const REDRAW = 'cut the import, or draw it: node tools/check/pictures.mjs --write';

describe.each(/** @type {const} */ (['packages', 'rooms of ct-layers']))('the picture of the %s', (picture) => {
  it('shows every import', () => {
    expect(missingFrom(drawn(picture), shown(picture)), `imported, not in docs/architecture.md; ${REDRAW}`).toEqual([]);
  });

  it('shows nothing that is not imported', () => {
    const idle = missingFrom(shown(picture), drawn(picture));
    expect(idle, `in docs/architecture.md, not imported: node tools/check/pictures.mjs --write`).toEqual([]);
  });

  it('has no rings', () => {
    expect(rings(drawn(picture)), 'these import each other, directly or by way of others').toEqual([]);
  });
});

it('lists the ways through ct-layers', () => {
  expect(shownWays(), 'node tools/check/pictures.mjs --write').toBe(drawnWays());
});

it.each(ways())(`passes through ${MOST_FILES_OF_A_WAY} files of its room at most: $name`, ({ own }) => {
  expect(own.length, own.join(', ')).toBeLessThanOrEqual(MOST_FILES_OF_A_WAY);
});

it('describes every package', () => {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const missing = packageNames().filter((name) => !text.includes(`| \`${name}\` |`));
  expect(missing, 'give each a row in the table of packages of docs/architecture.md').toEqual([]);
});

describe.each(packageNames())('%s', (name) => {
  it('has no cycle of imports, those of types included', () => {
    const arrows = new Map(sourcesOf(name).map((file) => [file, new Set(importsOf(name, file))]));
    expect(rings(arrows), 'move what they share to a file of its own').toEqual([]);
  });

  it('refers only to packages that its library imports', () => {
    const references = referencesOf(join(root, 'packages', name, 'tsconfig.lib.json'));
    const imported = [...(drawn('packages').get(name) ?? [])].sort();
    const cure =
      'tsconfig.lib.json: a package that only tests use stands under nx.sync.ignoredDependencies there, in the ' +
      'references of tsconfig.spec.json, and not in nx.targets.build.dependsOn of package.json; then npx nx sync';
    expect(references, cure).toEqual(imported);
  });

  it('builds after the packages that its library imports, and no others', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'));
    const imported = drawn('packages').get(name) ?? new Set();
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
      .filter((dependency) => dependency.startsWith('@curvature-tuning/'))
      .map((dependency) => dependency.replace('@curvature-tuning/', 'ct-'));
    // With ^build, the default, nx builds all that package.json names, for tests or not.
    /** @type {{ projects: string[] }[] | undefined} */
    const dependsOn = manifest.nx?.targets?.build?.dependsOn;
    const before = dependsOn?.flatMap(({ projects }) => projects) ?? declared;
    const cure = 'package.json: nx.targets.build.dependsOn must be [{ "projects": [...], "target": "build" }] with';
    expect(before.sort(), `${cure} ${[...imported].sort().join(', ')}`).toEqual([...imported].sort());
  });
});

it('casts through unknown in one place a package at most', () => {
  const places = packageNames().map((name) => {
    const count = sourcesOf(name).reduce((sum, file) => sum + castsIn(`packages/${name}/src/${file}`), 0);
    return `${name}: ${count} places`;
  });
  expect(places.filter((place) => !/: [01] places$/.test(place))).toEqual([]);
});

it(`has no folder of more than ${MOST_FILES} sources`, () => {
  const crowded = [...filesByFolder()].filter(([, files]) => files.length > MOST_FILES);
  expect(crowded.map(([folder, files]) => `${folder}: ${files.length} files`)).toEqual([]);
});

it(`has no source line of more than ${MOST_COLUMNS} columns`, () => {
  const long = [...filesByFolder()].flatMap(([folder, files]) =>
    files.filter((file) => !isGenerated(file)).flatMap((file) => longLines(`${folder}/${file}`)),
  );
  expect(long).toEqual([]);
});

/** Sources of the packages, tests left out, and the scripts of tools/ and experiments/, by folder. */
function filesByFolder() {
  /** @type {Map<string, string[]>} */
  const folders = new Map();
  const files = packageNames().flatMap((name) => sourcesOf(name).map((file) => `packages/${name}/src/${file}`));
  const scripts = ['tools', 'experiments'].flatMap(filesIn);
  files.push(...scripts.filter((file) => /\.(mjs|mts|py)$/.test(file) && !file.includes('.test.')));
  for (const path of files) {
    const at = path.lastIndexOf('/');
    const folder = path.slice(0, at);
    folders.set(folder, [...(folders.get(folder) ?? []), path.slice(at + 1)]);
  }
  return folders;
}

/**
 * Paths of the files of a folder, those that are installed there left out.
 *
 * @param {string} folder
 * @returns {string[]}
 */
function filesIn(folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return entry.name === 'node_modules' ? [] : filesIn(path);
  });
}

/** @param {string} path */
function castsIn(path) {
  return readFileSync(join(root, path), 'utf8').split('as unknown as').length - 1;
}

/** @param {string} file */
function isGenerated(file) {
  return file === 'wasmBinaries.ts';
}

/** @param {string} path */
function longLines(path) {
  const lines = readFileSync(join(root, path), 'utf8').split('\n');
  return lines.flatMap((line, at) => (line.length > MOST_COLUMNS ? [`${path}:${at + 1}`] : []));
}

/** @param {string} path */
function referencesOf(path) {
  /** @type {{ path: string }[]} */
  const references = ts.readConfigFile(path, ts.sys.readFile).config.references ?? [];
  return references.map((reference) => reference.path.split('/')[1]).sort();
}
