/**
 * Seeded random numbers, one stream for each image and purpose: what is drawn for an image depends on the seed and
 * the image's number alone, so that neither the size of a batch nor a resumed run changes a result.
 */
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A stream of random numbers (xoroshiro128+), named by a seed and any number of keys. */
export class RandomStream {
  private readonly generator: ReturnType<typeof xoroshiro128plus>;
  private spare: number | undefined;

  /**
   * @param seed A whole number.
   * @param keys What the stream is for: names, and whole numbers such as an image's index.
   */
  constructor(seed: number, ...keys: (string | number)[]) {
    if (!Number.isInteger(seed)) throw new RangeError(`RandomStream: seed must be a whole number, got ${seed}`);
    let hash = mix(0x9e3779b9, seed);
    // Seeds beyond 32 bits differ in their upper half.
    hash = mix(hash, Math.floor(seed / 2 ** 32));
    for (const key of keys) {
      if (typeof key === 'number') hash = mix(hash, key);
      else for (let i = 0; i < key.length; i++) hash = mix(hash, key.charCodeAt(i));
    }
    this.generator = xoroshiro128plus(hash);
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return uniformFloat64(this.generator);
  }

  /** Standard normal (Box-Muller). */
  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** −1 or 1. */
  sign(): number {
    return this.uniform() < 0.5 ? -1 : 1;
  }

  /** A whole number from 0 below `bound`; 0 when `bound` is 0. */
  below(bound: number): number {
    return Math.floor(this.uniform() * bound);
  }

  /** Poisson counts of the given mean: multiplied uniforms for small means, a rounded normal from 500 on. */
  poisson(mean: number): number {
    if (mean >= 500) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    let count = 0;
    let left = mean;
    // Sums of exponential waiting times; no product that could underflow.
    while ((left += Math.log(1 - this.uniform())) >= 0) count++;
    return count;
  }
}

/** Spreads the bits of `value` over `hash` (the finaliser of MurmurHash3). */
function mix(hash: number, value: number): number {
  let h = hash ^ Math.imul(value | 0, 0xcc9e2d51);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
