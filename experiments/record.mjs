// What every record in results/ holds beside its numbers.
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { replaceFile } from '@curvature-tuning/files/node';

/**
 * Command, commit, backend and hardware of this run.
 *
 * @param {string} backend
 */
export function circumstances(backend) {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
  // What a record says of itself is no change of what made it.
  const changes = git('status', '--porcelain', '--untracked-files=no', ':/', ':(exclude,top)experiments/results');
  return {
    command: ['node', `experiments/${process.argv[1].split('/').at(-1)}`, ...process.argv.slice(2)].join(' '),
    commit: git('rev-parse', 'HEAD') + (changes === '' ? '' : ' (changed)'),
    date: new Date().toISOString(),
    backend,
    hardware: `${cpus()[0].model}, ${cpus().length} cores`,
    node: process.version,
  };
}

/**
 * Writes results/<name>.json in one piece.
 *
 * @param {string} name
 * @param {object} record
 */
export async function writeResult(name, record) {
  await replaceFile(join(import.meta.dirname, 'results', `${name}.json`), `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * Loads tfjs with a backend: `tensorflow` (needs tfjs-node's library), `wasm` or `cpu`.
 *
 * @param {string} name
 * @returns {Promise<any>} The module of tfjs.
 */
export async function useBackend(name) {
  if (name === 'tensorflow') return (await import('@tensorflow/tfjs-node')).default;
  const tf = await import('@tensorflow/tfjs');
  if (name === 'wasm')
    await Promise.all([import('@tensorflow/tfjs-backend-wasm'), import('@curvature-tuning/activation/wasm')]);
  if (name === 'cpu') await import('@curvature-tuning/activation/cpu');
  tf.enableProdMode();
  if (!(await tf.setBackend(name))) throw new Error(`the backend ${name} does not start`);
  return tf;
}
