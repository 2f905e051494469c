// Every block of every README and of every guide of the site, run in a project that has what its own install lines
// name, and nothing else. What a guide includes of a README is run as that README's.
//
// All packages are installed once, from tarballs; each README gets a folder of links to those that it names, so that
// one that it forgot is not found. What is TypeScript is checked as strictly as TypeScript can. `NOT_RUN` counts the
// blocks that are not run.
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root } from '../run/setup.mjs';
import { runIn } from './consumer.mjs';
import { given } from './given.mjs';
import { brokenPromise } from './readmeBlocks.mjs';
import { asJavaScript, guides, readmes, readmesConsumer, running } from './readmePrograms.mjs';

/** Blocks that are not run, in all READMEs together: the number may shrink. */
const NOT_RUN = 13;

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

const { folder = '', reason } = await readmesConsumer();
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
  writeFileSync(join(project, `${name}.mjs`), asJavaScript(language, code));
  return runIn(project, process.execPath, [`${name}.mjs`], { env });
}
