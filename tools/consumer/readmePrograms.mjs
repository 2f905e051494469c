// What all READMEs and guides can run, and the project that has what their install lines name.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { root } from '../run/setup.mjs';
import { consumerOrReason } from './consumer.mjs';
import { blocksOf, installedBy, programsOf } from './readmeBlocks.mjs';

const GUIDES = 'apps/site/pages/guides';
/** The guides of the site. */
export const guides = readdirSync(join(root, GUIDES)).map((name) => `${GUIDES}/${name}`);
const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`);

/** The READMEs of the checkout and of its packages, and the guides. */
export const readmes = ['README.md', ...packages, ...guides]
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

/** Those with something to run: what is never run need not be installed. */
export const running = readmes.filter(({ programs }) => programs.length > 0);

/** Versions of what is not ours, those that the workspace is tested with. */
const catalog = new Map(
  [...readFileSync(join(root, 'pnpm-workspace.yaml'), 'utf8').matchAll(/^ {2}'?([@\w/-]+)'?: ([\d.]+)$/gm)].map(
    ([, name = '', version = '']) => [name, version],
  ),
);

/**
 * A project with what their install lines name, or with some of it and another tfjs.
 *
 * @param {{ tfjs: string, names: readonly string[] }} [other]
 */
export function readmesConsumer(other) {
  const names = [...new Set(other?.names ?? running.flatMap((readme) => readme.names))].sort();
  const isOwn = (/** @type {string} */ name) => name.startsWith('@curvature-tuning/');
  const others = names.filter((name) => !isOwn(name)).map((name) => `${name}@${versionOf(name, other?.tfjs)}`);
  const packages = names.filter(isOwn).map((name) => name.replace('@curvature-tuning/', 'ct-'));
  return consumerOrReason(other === undefined ? 'readmes' : `readmes-tfjs-${other.tfjs}`, { packages, others });
}

/**
 * @param {string} name
 * @param {string} [tfjs]
 */
function versionOf(name, tfjs) {
  if (tfjs !== undefined && name.startsWith('@tensorflow/')) return tfjs;
  const version = catalog.get(name);
  if (version === undefined) throw new Error(`${name} is in an install line and not in the catalog of the workspace`);
  return version;
}

/**
 * A program in js or ts as a module of JavaScript.
 *
 * @param {string} language
 * @param {string} code
 */
export function asJavaScript(language, code) {
  if (language !== 'ts') return code;
  return ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  }).outputText;
}
