/**
 * Seeded random numbers for head initialisation, shuffling and dropout: the same seed gives the same run on every
 * backend.
 */
import type { Entries } from '@curvature-tuning/checks';
import { check, real, whole } from '@curvature-tuning/checks';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

const length = whole({ min: 0, max: 2 ** 31 - 1 });

export const randomArguments: Entries<{ seed: number }> = { seed: whole() };
export const ofEpochArguments: Entries<{ seed: number; epoch: number }> = { seed: whole(), epoch: whole({ min: 0 }) };
export const uniformArguments: Entries<{ length: number; bound: number }> = { length, bound: real({ min: 0 }) };
export const permutationArguments: Entries<{ length: number }> = { length };

/** A stream of random numbers (xoroshiro128+). */
export class Random {
  private readonly generator: ReturnType<typeof xoroshiro128plus>;

  /** @param seed A whole number. */
  constructor(seed: number) {
    check('Random', randomArguments, { seed });
    this.generator = xoroshiro128plus(seed);
  }

  /** The stream of one epoch, so that a run may be taken up at any of them. */
  static ofEpoch(seed: number, epoch: number): Random {
    check('Random.ofEpoch', ofEpochArguments, { seed, epoch });
    // Neighbouring seeds and epochs far apart: the multiplier is 2^32 divided by the golden ratio.
    return new Random((seed ^ Math.imul(epoch + 1, 0x9e3779b1)) | 0);
  }

  /** `length` numbers, uniform in [−bound, bound). */
  uniform(length: number, bound: number): Float32Array {
    check('Random.uniform', uniformArguments, { length, bound });
    return Float32Array.from({ length }, () => bound * (2 * uniformFloat64(this.generator) - 1));
  }

  /** A seed for somebody else's generator, in [1, 2^31); tfjs takes 0 for none. */
  seed(): number {
    return uniformInt(this.generator, 1, 0x7fffffff);
  }

  /** 0 … length − 1 in random order (Fisher-Yates). */
  permutation(length: number): Int32Array {
    check('Random.permutation', permutationArguments, { length });
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = uniformInt(this.generator, 0, i);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
