/**
 * What the benchmarks of training run on in Node: a backend with the packages on it, and PyTorch's steps beside.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { fileURLToPath, pathToFileURL } from 'node:url';

// tfjs is a dependency of the packages, not of the workspace.
const packageRequire = createRequire(new URL('../../../packages/ct-cli/package.json', import.meta.url));

/** Of what and on what a record was made. */
export const origin = () => ({
  commit: execFileSync('git', ['rev-parse', 'HEAD'], {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    encoding: 'utf8',
  }).trim(),
  machine: `${cpus().length} × ${cpus()[0].model.trim()}`,
  versions: { node: process.version, tfjs: packageRequire('@tensorflow/tfjs/package.json').version },
});

/**
 * Starts a backend with our kernels, and gives the modules that train on it.
 *
 * @param {string} backend wasm, tensorflow, or cpu.
 */
export async function startTraining(backend) {
  const load = (/** @type {string} */ name) => import(pathToFileURL(packageRequire.resolve(name)).href);
  const { default: tf } = await load('@tensorflow/tfjs');
  tf.enableProdMode();
  if (backend === 'wasm') {
    await load('@tensorflow/tfjs-backend-wasm');
    await import('../../../packages/ct-activation/dist/kernels/wasm.js');
    await import('../../../packages/ct-wasm-gradients/dist/index.js');
  } else if (backend === 'tensorflow') {
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
    // Off by default on processors without AVX-512; PyTorch has it on.
    process.env.TF_ENABLE_ONEDNN_OPTS ??= '1';
    await load('@tensorflow/tfjs-node');
    await import('../../../packages/ct-activation-node/dist/index.js');
  } else {
    await import('../../../packages/ct-activation/dist/kernels/cpu.js');
  }
  if (!(await tf.setBackend(backend))) throw new Error(`the backend ${backend} does not start`);
  const { ctuKernels } = await import('../../../packages/ct-activation/dist/index.js');
  const status = ctuKernels()[backend];
  if (status !== 'fused') throw new Error(`the kernels of ${backend} are not in use (${status})`);
  return {
    tf,
    layers: {
      ...(await import('../../../packages/ct-layers/dist/index.js')),
      ...(await import('../../../packages/ct-layers/dist/model.js')),
      ...(await import('../../../packages/ct-layers/dist/training.js')),
    },
    models: await import('../../../packages/ct-models/dist/index.js'),
  };
}

/**
 * Three steps of each method in PyTorch, after one that is not counted; empty where there is no torch.
 *
 * @param {string} backend That it stands beside.
 * @param {string} name Of the network.
 * @param {number} batch
 * @returns {Record<string, number[]>}
 */
export function torchSteps(backend, name, batch) {
  const script = fileURLToPath(new URL('../../golden/reference/tuning_steps.py', import.meta.url));
  // As many threads as we have: tfjs's wasm backend has one in Node.
  const threads = backend === 'wasm' ? 1 : 2;
  const command = [script, name, String(batch), String(threads)];
  const { status, stdout } = spawnSync(process.env.CT_PYTHON ?? '/usr/bin/python3', command, { encoding: 'utf8' });
  return status === 0 ? JSON.parse(stdout) : {};
}
