// Every block of every README and of every guide of the site, run in a project that has what its own install lines
// name, and nothing else. What a guide includes of a README is run as that README's.
//
// All packages are installed once, from tarballs; each README gets a folder of links to those that it names, so that
// one that it forgot is not found. What is TypeScript is checked as strictly as TypeScript can. `NOT_RUN` counts the
// blocks that are not run.
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root } from '../run/setup.mjs';
import { consumerOrReason, runIn } from './consumer.mjs';
import { given } from './given.mjs';
import { blocksOf, brokenPromise, installedBy, programsOf } from './readmeBlocks.mjs';

/** Blocks that are not run, in all READMEs together: the number may shrink. */
const NOT_RUN = 12;

const GUIDES = 'apps/site/pages/guides';
const guides = readdirSync(join(root, GUIDES)).map((name) => `${GUIDES}/${name}`);
const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`);
const readmes = ['README.md', ...packages, ...guides]
  .flatMap((path) => {
    try {
      return [{ path, blocks: blocksOf(readFileSync(join(root, path), 'utf8')) }];
    } catch (error) {
      const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code === 'ENOENT') return [];
      throw new Error(`${path}: ${message}`, { cause: error });
    }
  })
  .map((readme) => ({ ...readme, programs: programsOf(readme.blocks), names: installedBy(readme.blocks) }));
/** What has something to run: what is never run need not be installed. */
const running = readmes.filter(({ programs }) => programs.length > 0);

/** Versions of what is not ours, those that the workspace is tested with. */
const catalog = new Map(
  [...readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8').matchAll(/^ {2}'?([@\w/-]+)'?: ([\d.]+)$/gm)].map(
    ([, name, version]) => [name, version],
  ),
);

function install() {
  const names = [...new Set(running.flatMap((readme) => readme.names))].sort();
  const isOwn = (/** @type {string} */ name) => name.startsWith('@curvature-tuning/');
  const own = names.filter(isOwn);
  const others = names.filter((name) => !isOwn(name));
  const unknown = others.find((name) => !catalog.has(name));
  if (unknown !== undefined)
    throw new Error(`${unknown} is in an install line and not in the catalog of the workspace`);
  return consumerOrReason('readmes', {
    packages: own.map((name) => name.replace('@curvature-tuning/', 'ct-')),
    others: others.map((name) => `${name}@${catalog.get(name)}`),
  });
}

it('lists what is not run, with its reason', () => {
  const left = readmes.flatMap(({ path, blocks }) =>
    blocks.flatMap(({ line, reason }) => (reason === undefined ? [] : [`${path}:${line}: ${reason}`])),
  );
  console.log(`blocks of READMEs that are not run:\n${left.join('\n')}`);
  expect(left.length).toBe(NOT_RUN);
});

it('has a program of its own in every guide', () => {
  const programless = readmes.filter(({ path, programs }) => guides.includes(path) && programs.length === 0);
  expect(programless.map(({ path }) => path)).toEqual([]);
});

const { folder = '', reason } = await install();
if (reason !== undefined) it.skip(`READMEs (${reason})`);
else
  describe('READMEs', () => {
    it.each(running)('$path', async ({ path, programs, names }) => {
      const project = projectFor(folder, path, names);
      await given[path]?.(project);
      expect(typeErrors(project, programs)).toEqual([]);
      for (const [i, { line, language, code }] of programs.entries()) {
        const { status, output } = await runProgram(project, `program${i}`, language, code);
        expect(status, `${path}:${line} ended with ${status}:\n${output}`).toBe(0);
        expect(brokenPromise(code, output), `${path}:${line} does not print it:\n${output}`).toBeUndefined();
      }
    });
  });

/**
 * A folder in which the packages that an install line names are found, and no others.
 *
 * @param {string} consumer
 * @param {string} path
 * @param {readonly string[]} names
 */
function projectFor(consumer, path, names) {
  const project = join(consumer, '../readme-projects', path.replaceAll('/', '-').replace('.md', ''));
  rmSync(project, { recursive: true, force: true });
  for (const name of names) {
    const link = join(project, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(consumer, 'node_modules', name), link);
  }
  mkdirSync(join(project, 'node_modules'), { recursive: true });
  symlinkSync(join(consumer, 'node_modules/.bin'), join(project, 'node_modules/.bin'));
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  return project;
}

/**
 * What TypeScript has against the programs in it, with the lines of the program.
 *
 * @param {string} project
 * @param {readonly { line: number, language: string, code: string }[]} programs
 */
function typeErrors(project, programs) {
  const files = programs.flatMap(({ language, code }, i) => {
    const file = join(project, `program${i}.mts`);
    if (language !== 'ts') return [];
    writeFileSync(file, code);
    return [file];
  });
  const compiled = ts.createProgram(files, {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts', 'lib.dom.asynciterable.d.ts'],
    // tfjs-layers' declarations do not pass without.
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  });
  return ts.getPreEmitDiagnostics(compiled).map(({ file, start = 0, messageText }) => {
    const line = file === undefined ? '' : `:${file.getLineAndCharacterOfPosition(start).line + 1}`;
    return `${file?.fileName}${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
}

/**
 * @param {string} project
 * @param {string} name
 * @param {string} language
 * @param {string} code
 */
function runProgram(project, name, language, code) {
  const env = { FORCE_COLOR: '0' };
  if (language === 'sh') return runIn(project, 'bash', ['-ec', code], { env });
  const text =
    language === 'ts'
      ? ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext } })
          .outputText
      : code;
  writeFileSync(join(project, `${name}.mjs`), text);
  return runIn(project, process.execPath, [`${name}.mjs`], { env });
}
