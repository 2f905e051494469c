/**
 * Memory that has run out, said in words: tfjs lets its wasm backend trap, and its traps name neither bytes nor cure.
 */
import { backend, memory } from '@tensorflow/tfjs-core';

/** What the wasm backend and the host throw where memory has run out. */
const SIGNS = new RegExp(
  [
    'memory access out of bounds',
    'cannot enlarge memory',
    '\\bAborted\\(',
    'out of memory',
    'allocation failed',
    'could not allocate memory',
    'is exhausted',
  ].join('|'),
  'i',
);

/** Whether an error, or what caused it, says that memory has run out. */
export function isExhaustion(error: unknown): boolean {
  return error instanceof Error && (SIGNS.test(error.message) || isExhaustion(error.cause));
}

/**
 * Runs `body`; where memory runs out in it, the promise rejects with an error that names the caller, the bytes in use
 * and the cure, and has tfjs's own for its cause. Other errors pass.
 */
export async function explainingExhaustion<T>(caller: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    // One edge may call another; the inner one has said it all.
    if (!isExhaustion(error) || error instanceof ExhaustedError) throw error;
    throw new ExhaustedError(caller, error as Error);
  }
}

class ExhaustedError extends Error {
  constructor(caller: string, cause: Error) {
    const { wasm } = backend() as { wasm?: { HEAPU8?: Uint8Array } };
    const heap = wasm?.HEAPU8?.byteLength;
    const where = heap === undefined ? 'memory has run out' : `wasm memory exhausted at ${megabytes(heap)} of 4,096 MB`;
    super(
      `${caller}: ${where}: lower evaluationBatchSize, in training microBatchSize, or take fewer or smaller images ` +
        `(tensors take ${megabytes(memory().numBytes)}; ${cause.message.trim()}). A backend that has trapped may be ` +
        'damaged: set it up anew before going on',
      { cause },
    );
  }
}

/** Bytes as people read them. */
export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20).toLocaleString('en')} MB`;
}
