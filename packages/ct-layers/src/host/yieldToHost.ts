/**
 * Long computations that share their thread with a page or a terminal.
 */

/** Lets timers, signals and the page have their turn; throws the signal's reason when it is aborted. */
export async function yieldToHost(signal?: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal?.throwIfAborted();
}
