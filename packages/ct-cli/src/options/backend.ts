/**
 * The tfjs backend that a command runs on.
 */
import { ctuKernels } from '@curvature-tuning/activation';
import { enableProdMode, setBackend } from '@tensorflow/tfjs';

/** wasm and cpu need nothing to be installed or built; node is tfjs-node with native kernels, after `ct-node setup`. */
export const BACKENDS = ['wasm', 'cpu', 'node'] as const;

/** Registers and selects a backend. */
export async function useBackend(name: (typeof BACKENDS)[number]): Promise<void> {
  // Without this tfjs advertises its native build on stderr.
  enableProdMode();
  if (name === 'wasm') {
    await import('@tensorflow/tfjs-backend-wasm');
    await Promise.all([import('@curvature-tuning/activation/wasm'), import('@curvature-tuning/wasm-gradients')]);
  }
  if (name === 'cpu') await import('@curvature-tuning/activation/cpu');
  if (name === 'node') await loadTensorflow();
  if (!(await setBackend(name === 'node' ? 'tensorflow' : name)))
    throw new Error(`the tfjs backend "${name}" does not start on this machine; try another --backend`);
}

/** Loads tfjs-node and the native kernels, which are what this backend is for: without them it refuses. */
async function loadTensorflow(): Promise<void> {
  // TensorFlow greets on stderr.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  try {
    await import('@tensorflow/tfjs-node');
  } catch (cause) {
    const [reason] = (cause as Error).message.split('\n');
    throw new Error(`the backend "node" needs a tfjs-node that works; run npx ct-node setup (${reason})`, { cause });
  }
  await import('@curvature-tuning/activation-node');
  const status = ctuKernels()['tensorflow'];
  if (status !== 'fused') throw new Error(`the backend "node" has no native kernels, ${status}`);
}
