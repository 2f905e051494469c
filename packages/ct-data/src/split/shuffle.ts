/**
 * Seeded shuffling, the same in every JavaScript engine. All randomness of this package passes through here.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { mersenne } from 'pure-rand/generator/mersenne';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';

/** A Mersenne Twister (MT19937) seeded with one whole number in [0, 2^32). */
export function seededGenerator(seed: number): RandomGenerator {
  // Unlike the xor-shift generators of pure-rand it scrambles the seed: neighbouring seeds give unrelated orders
  // from the first draw on.
  return mersenne(seed);
}

/** Shuffles `values` in place (Fisher-Yates), drawing from `generator`, and returns them. */
export function shuffle<T extends number[] | Int32Array>(values: T, generator: RandomGenerator): T {
  for (let last = values.length - 1; last > 0; last--) {
    const other = uniformInt(generator, 0, last);
    const moved = values[last]!;
    values[last] = values[other]!;
    values[other] = moved;
  }
  return values;
}
