/**
 * The tfjs backend that a command runs on.
 */
import * as tf from '@tensorflow/tfjs';

/** Backends that need nothing to be installed or built. */
export const backends = ['wasm', 'cpu'] as const;

/** Registers and selects a backend. */
export async function useBackend(name: (typeof backends)[number]): Promise<void> {
  // Without this tfjs advertises its native build on stderr.
  tf.enableProdMode();
  if (name === 'wasm') await Promise.all([import('@tensorflow/tfjs-backend-wasm'), import('@curvature-tuning/activation/wasm')]);
  if (name === 'cpu') await import('@curvature-tuning/activation/cpu');
  if (!(await tf.setBackend(name))) throw new Error(`the tfjs backend "${name}" does not start on this machine; try another --backend`);
}
