/**
 * What to do where a backend lacks the kernel of a gradient.
 */
import { missingKernel } from '@curvature-tuning/checks';

/** Adds the cure to tfjs's complaint about a gradient kernel that the backend lacks. */
export function withKernelCure(error: unknown): unknown {
  const missing = missingKernel(error);
  if (missing === undefined) return error;
  const { kernel, backend } = missing;
  const cure =
    backend === 'wasm'
      ? `import '@curvature-tuning/wasm-gradients' first, which has it`
      : 'train on another backend (tf.setBackend)';
  return new Error(
    `fitParameters: the backend "${backend}" lacks the kernel ${kernel}, which a gradient of this model needs; ` + cure,
    { cause: error },
  );
}
