/**
 * Work on many items, a few at a time.
 */

/**
 * Results of `work` for every item, in the order of the items, with at most `limit` under way at once.
 *
 * @throws the first fault, or the reason of `signal`, once all that was under way has ended; nothing begins after it.
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result[]> {
  const results = new Array<Result>(items.length);
  const remaining = items.entries();
  const faults: unknown[] = [];
  const worker = async (): Promise<void> => {
    // The iterator is shared: whoever is free takes the next item.
    for (const [index, item] of remaining) {
      if (faults.length > 0) return;
      try {
        signal?.throwIfAborted();
        results[index] = await work(item, index);
      } catch (fault) {
        faults.push(fault);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (faults.length > 0) throw faults[0];
  return results;
}
