/**
 * One after the other: what is measured in this process must not overlap.
 */

/** All copies of this package wait for each other. */
const TURN = Symbol.for('@curvature-tuning/lora-baseline.turn');

/**
 * Runs `body` when all that asked before are done, and holds up those who ask after.
 *
 * @throws The signal's reason when it is aborted while waiting.
 */
export async function inTurn<T>(body: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
  const shared = globalThis as { [TURN]?: Promise<void> };
  const before = shared[TURN] ?? Promise.resolve();
  let end!: () => void;
  const own = new Promise<void>((resolve) => (end = resolve));
  shared[TURN] = before.then(() => own);
  try {
    await unlessAborted(before, signal);
    return await body();
  } finally {
    end();
  }
}

async function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (signal === undefined) return promise;
  let stop!: () => void;
  const aborted = new Promise<void>((_, reject) =>
    signal.addEventListener('abort', (stop = () => reject(signal.reason as Error))),
  );
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
