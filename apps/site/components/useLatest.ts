/**
 * A task asked for more often than it can be done: while one is under way only the last wish is kept.
 */

/** Returns a function that does `task` for what it is given, or for what it was given last meanwhile. */
export function useLatest<Given>(task: (given: Given) => Promise<void>): (given: Given) => void {
  let busy = false;
  let wanted: { given: Given } | undefined;
  const next = async (given: Given): Promise<void> => {
    busy = true;
    try {
      await task(given);
    } finally {
      busy = false;
      const { given: again } = wanted ?? {};
      const isWanted = wanted !== undefined;
      wanted = undefined;
      if (isWanted) void next(again as Given);
    }
  };
  return (given) => {
    if (busy) wanted = { given };
    else void next(given);
  };
}
