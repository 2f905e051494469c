/**
 * What tfjs says where a backend lacks a kernel, read.
 */

/** The kernel that a backend lacks, and the backend, where that is what an error says; undefined else. */
export function missingKernel(error: unknown): { kernel: string; backend: string } | undefined {
  const match = /Kernel '(\w+)' not registered for backend '(\w+)'/.exec(error instanceof Error ? error.message : '');
  return match === null ? undefined : { kernel: match[1]!, backend: match[2]! };
}
