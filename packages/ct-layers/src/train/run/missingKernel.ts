/**
 * What to do where a backend lacks the kernel of a gradient.
 */

/** Adds the cure to tfjs's complaint about a gradient kernel that the backend lacks. */
export function withKernelCure(error: unknown): unknown {
  const match = /Kernel '(\w+)' not registered for backend '(\w+)'/.exec(error instanceof Error ? error.message : '');
  if (match === null) return error;
  const cure =
    match[2] === 'wasm'
      ? `import '@curvature-tuning/wasm-gradients' first, which has it`
      : 'train on another backend (tf.setBackend)';
  return new Error(
    `fitParameters: the backend "${match[2]}" lacks the kernel ${match[1]}, which a gradient of this model needs; ` +
      cure,
    { cause: error },
  );
}
