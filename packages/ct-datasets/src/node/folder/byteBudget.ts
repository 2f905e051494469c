/**
 * A bound on the memory of work that is under way at once.
 */

/** Runs work that needs a known number of bytes while there is room for it. */
export interface ByteBudget {
  /**
   * Waits until `bytes` more are within the budget, or nothing else is under way; then runs `work`. First come, first
   * served.
   */
  run<Result>(bytes: number, work: () => Promise<Result>): Promise<Result>;
}

/** A budget of `total` bytes. */
export function byteBudget(total: number): ByteBudget {
  let used = 0;
  const waiting: { bytes: number; begin: () => void }[] = [];
  const admit = (): void => {
    for (let next = waiting[0]; next && (used === 0 || used + next.bytes <= total); next = waiting[0]) {
      waiting.shift();
      used += next.bytes;
      next.begin();
    }
  };
  return {
    run: async (bytes, work) => {
      await new Promise<void>((begin) => {
        waiting.push({ bytes, begin });
        admit();
      });
      try {
        return await work();
      } finally {
        used -= bytes;
        admit();
      }
    },
  };
}
