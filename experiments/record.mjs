// What every record in results/ holds beside its numbers.
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';

/** Command, commit, backend and hardware of this run. */
export function circumstances(backend) {
  const git = (...args) => execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8' }).trim();
  return {
    command: ['node', `experiments/${process.argv[1].split('/').at(-1)}`, ...process.argv.slice(2)].join(' '),
    commit:
      git('rev-parse', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' (changed)'),
    date: new Date().toISOString(),
    backend,
    hardware: `${cpus()[0].model}, ${cpus().length} cores`,
    node: process.version,
  };
}

/** Writes results/<name>.json in one piece. */
export function writeResult(name, record) {
  const folder = new URL('./results/', import.meta.url);
  mkdirSync(folder, { recursive: true });
  const file = new URL(`${name}.json`, folder);
  writeFileSync(new URL(`${name}.json.tmp`, folder), `${JSON.stringify(record, null, 2)}\n`);
  renameSync(new URL(`${name}.json.tmp`, folder), file);
}

/** Loads tfjs with a backend: `tensorflow` (needs tfjs-node's library), `wasm` or `cpu`. */
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
