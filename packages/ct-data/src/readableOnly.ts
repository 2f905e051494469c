/**
 * What is left of a data set without the examples that cannot be read, such as damaged photos.
 */
import { check, count, func, matching, options as optionsOf, signal as signalSchema } from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import type { DataSet } from './dataSet.js';
import { isDataSet } from './dataSet.js';

/** How {@link readableOnly} reads. */
export interface ReadableOptions {
  /** Examples that are read side by side. Default: 32. */
  readonly atOnce?: number | undefined;
  /** Hears of every example so far. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The examples that can be read, and those that cannot. */
export interface ReadableExamples {
  readonly set: DataSet;
  /** Index in the set that was given, and why. */
  readonly skipped: readonly { readonly index: number; readonly reason: Error }[];
}

const dataSetSchema: Schema<DataSet> = matching(isDataSet, { expects: 'a data set' });
export const readableOnlyArguments: Entries<{ set: DataSet; options: ReadableOptions }> = {
  set: dataSetSchema,
  options: optionsOf<ReadableOptions>({ atOnce: count, onProgress: func(), signal: signalSchema }),
};

/**
 * Reads every example once, and gives a data set of those that can be read with a list of the others; it is for whoever
 * chooses to go on without them, for nothing else passes over an example.
 *
 *     const { set, skipped } = await readableOnly(photos);
 *     console.log(`${skipped.length} left out, the first: ${skipped[0]?.reason.message}`);
 *
 * @throws the reason of `signal`.
 */
export async function readableOnly(set: DataSet, options: ReadableOptions = {}): Promise<ReadableExamples> {
  check('readableOnly', readableOnlyArguments, { set, options });
  const { atOnce = 32, onProgress, signal } = options;
  const [kept, skipped]: [number[], { index: number; reason: Error }[]] = [[], []];
  for (let start = 0; start < set.length; start += atOnce) {
    signal?.throwIfAborted();
    const indices = Array.from({ length: Math.min(atOnce, set.length - start) }, (_, i) => start + i);
    const read = await Promise.allSettled(indices.map((index) => set.example(index)));
    // What a signal stops is not damaged.
    signal?.throwIfAborted();
    read.forEach((result, i) => {
      const index = start + i;
      if (result.status === 'fulfilled') kept.push(index);
      else
        skipped.push({ index, reason: result.reason instanceof Error ? result.reason : Error(String(result.reason)) });
    });
    onProgress?.(start + indices.length, set.length);
  }
  return { set: set.subset(kept), skipped };
}
