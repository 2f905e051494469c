// The first program of each package's README, where the packages are said to run beside what the workspace is tested
// with: on the oldest tfjs that their peer ranges allow, and on Node 22 and 24, Bun and Deno.
//
// One process runs them all, so that tfjs is loaded once.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { root } from '../run/setup.mjs';
import { runIn } from './consumer.mjs';
import { given } from './given.mjs';
import { brokenPromise } from './readmeBlocks.mjs';
import { asJavaScript, readmesConsumer, running } from './readmePrograms.mjs';
import { runtime, RUNTIMES } from './runtimes.mjs';

/** What is printed before the output of each program. */
const MARK = '== program of ';

const packages = running.flatMap(({ path, programs, names }) => {
  const [first] = programs.filter(({ language }) => language !== 'sh');
  const [place, folder] = path.split('/');
  if (first === undefined || place !== 'packages' || folder === undefined) return [];
  return [{ path, folder, names, code: first.code, text: asJavaScript(first.language, first.code) }];
});

/**
 * What a package wants of tfjs, optional peers left out, with the oldest version that it allows.
 *
 * @param {string} folder
 */
function tfjsPeers(folder) {
  /** @type {{ peerDependencies?: Record<string, string>, peerDependenciesMeta?: Record<string, object> }} */
  const manifest = JSON.parse(readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8'));
  const { peerDependencies = {}, peerDependenciesMeta = {} } = manifest;
  return Object.entries(peerDependencies)
    .filter(([name]) => name.startsWith('@tensorflow/') && !(name in peerDependenciesMeta))
    .map(([name, range]) => ({ name, oldest: range.replace('^', '') }));
}

/** @param {string} folder */
function oldestTfjs(folder) {
  return tfjsPeers(folder)
    .map(({ oldest }) => oldest)
    .sort(byVersion)
    .at(-1);
}

/**
 * @param {string} a
 * @param {string} b
 */
function byVersion(a, b) {
  return a.localeCompare(b, 'en', { numeric: true });
}

/**
 * Runs programs in one process, and expects of each what its comments promise.
 *
 * @param {string} consumer
 * @param {string} name
 * @param {readonly string[]} command
 * @param {typeof packages} chosen
 */
async function runAll(consumer, name, command, chosen) {
  const project = join(consumer, '../version-projects', name);
  rmSync(project, { recursive: true, force: true });
  mkdirSync(project, { recursive: true });
  symlinkSync(join(consumer, 'node_modules'), join(project, 'node_modules'));
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  const lines = [];
  for (const { path, folder, text } of chosen) {
    await given[path]?.(project);
    writeFileSync(join(project, `${folder}.js`), text);
    lines.push(`console.log('${MARK}${folder}');`, `await import('./${folder}.js');`);
  }
  writeFileSync(join(project, 'all.js'), `${lines.join('\n')}\n`);
  const [program = '', ...args] = command;
  const { status, output: printed } = await runIn(project, program, [...args, 'all.js']);
  // Each colours and sets what it prints in its own way.
  const output = stripVTControlCharacters(printed).replace(/,(?=\s*[}\]])/g, '');
  expect(status, output).toBe(0);
  const outputs = new Map(
    output
      .split(MARK)
      .slice(1)
      .map((part) => /** @type {const} */ ([part.split('\n', 1)[0] ?? '', part])),
  );
  for (const { folder, code } of chosen)
    expect(brokenPromise(code, outputs.get(folder) ?? ''), `${folder} does not print it:\n${output}`).toBeUndefined();
}

const { folder = '', reason } = await readmesConsumer();
if (reason !== undefined) it.skip(`versions (${reason})`);
else
  describe('versions', () => {
    it.each(RUNTIMES)('every package on $name $version', async (one) => {
      await runAll(folder, `${one.name}-${one.version}`, runtime(one), packages);
    });

    const oldest = [...new Set(packages.map((one) => oldestTfjs(one.folder)))].filter(
      (version) => version !== undefined,
    );
    it.each(oldest)('on tfjs %s the packages whose peers may be as old', { timeout: 600_000 }, async (version) => {
      const chosen = packages.filter((one) => oldestTfjs(one.folder) === version);
      // npm would take a peer that nobody names in its newest version.
      const names = chosen.flatMap((one) => [...one.names, ...tfjsPeers(one.folder).map(({ name }) => name)]);
      const consumer = await readmesConsumer({ tfjs: version, names });
      if (consumer.folder === undefined) throw new Error(consumer.reason);
      await runAll(consumer.folder, `tfjs-${version}`, [process.execPath], chosen);
    });
  });
