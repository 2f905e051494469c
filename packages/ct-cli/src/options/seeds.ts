/**
 * The seeds of a command: `seeds` of them, from `seed` on.
 */
import { seed as seedSchema, whole } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { wholeNumber } from './parsers.js';
import { UsageError } from './usageError.js';

const LARGEST_SEED = 2 ** 32 - 1;
/** More is taken for a mistake. */
const MOST_SEEDS = 1000;

/** Reads a seed, 0 to 2^32 - 1, from the command line. */
export const parseSeed: (text: string) => number = wholeNumber(0, LARGEST_SEED);

/** Reads how many seeds are run, 1 to 1000, from the command line. */
export const parseSeeds: (text: string) => number = wholeNumber(1, MOST_SEEDS);

/** A seed and their number, of settings that do not come from a command line. */
export const seedEntries: Entries<{ seed: number; seeds: number }> = {
  seed: seedSchema,
  seeds: whole({ min: 1, max: MOST_SEEDS }),
};

/** `seed 42`, or `seeds 42 to 44`. */
export function nameOf(seeds: readonly number[]): string {
  return seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds[0]} to ${seeds.at(-1)}`;
}

/** The seeds, first to last. @throws UsageError when the last is no seed. */
export function seedsFrom({ seed, seeds }: { seed: number; seeds: number }): number[] {
  const last = seed + seeds - 1;
  if (last > LARGEST_SEED)
    throw new UsageError(`--seed and --seeds must end at ${LARGEST_SEED} at most, got ${seed} to ${last}`);
  return Array.from({ length: seeds }, (_, i) => seed + i);
}
