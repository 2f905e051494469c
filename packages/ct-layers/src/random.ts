/**
 * Seeded random numbers for head initialisation, shuffling and dropout: the same seed gives the same run on every backend.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of random numbers (xoroshiro128+). */
export class Random {
  private readonly generator: ReturnType<typeof xoroshiro128plus>;

  /** @param seed An integer. */
  constructor(seed: number) {
    if (!Number.isInteger(seed)) throw new RangeError(`seed must be an integer, got ${seed}`);
    this.generator = xoroshiro128plus(seed);
  }

  /** The stream of one epoch, so that a run may be taken up at any of them. */
  static ofEpoch(seed: number, epoch: number): Random {
    // Neighbouring seeds and epochs far apart: the multiplier is 2^32 divided by the golden ratio.
    return new Random((seed ^ Math.imul(epoch + 1, 0x9e3779b1)) | 0);
  }

  /** `length` numbers, uniform in [−bound, bound). */
  uniform(length: number, bound: number): Float32Array {
    return Float32Array.from({ length }, () => bound * (2 * uniformFloat64(this.generator) - 1));
  }

  /** A seed for somebody else's generator, in [1, 2^31); tfjs takes 0 for none. */
  seed(): number {
    return uniformInt(this.generator, 1, 0x7fffffff);
  }

  /** 0 … length − 1 in random order (Fisher-Yates). */
  permutation(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = uniformInt(this.generator, 0, i);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }
}
