/**
 * Numbers as tables have them: means with deviations, gains in points and in per cent, paired intervals.
 */
import { randomNumbers } from '../cells/random.js';

/** Mean of some numbers. */
export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** `97.9`, or over several seeds `97.9 ± 0.3` (population deviation, as the paper has it): shares in per cent. */
export function percent(shares: readonly number[]): string {
  if (shares.length === 0) return '';
  const all = shares.map((share) => 100 * share);
  if (all.length === 1) return all[0]!.toFixed(1);
  const centre = mean(all);
  return `${centre.toFixed(1)} ± ${Math.sqrt(mean(all.map((one) => (one - centre) ** 2))).toFixed(1)}`;
}

/** `+1.3`, `−0.4`. */
export function signed(value: number, digits = 1): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}

/** Truths from base64, eight a byte, the first in the lowest bit: the inverse of `bitsOf`. */
export function truthsOf(bits: string, count: number): boolean[] {
  const bytes = Buffer.from(bits, 'base64');
  return Array.from({ length: count }, (_, i) => ((bytes[i >> 3]! >> (i & 7)) & 1) === 1);
}

/** Times that images are drawn. */
const DRAWS = 2000;

/** Which of the same images are right, for each seed. */
export type RightBySeed = readonly (readonly boolean[])[];

/** A gain in points with its interval, and relative to the base, where that is not 0. */
export interface Gain {
  points: number;
  low: number;
  high: number;
  relative: number | null;
}

/**
 * The gain of `a` over `b` on the same images, in points, with the 95 % interval of the paired bootstrap: seeds, where
 * there are several, and images are drawn with replacement, 2,000 times, by a fixed seed. All seeds have the same test
 * images, so one draw of images serves all of them.
 */
export function pairedGain(a: RightBySeed, b: RightBySeed): Gain {
  const seeds = a.length;
  const n = a[0]!.length;
  const differences = a.map((own, seed) => own.map((one, i) => Number(one) - Number(b[seed]![i]!)));
  const random = randomNumbers(1);
  const among = (count: number): number => Math.floor(random() * count);
  const draws = Array.from({ length: DRAWS }, () => {
    // One seed has nothing to draw from.
    const drawn = seeds === 1 ? differences : differences.map(() => differences[among(seeds)]!);
    let sum = 0;
    for (let i = 0; i < n; i++) {
      const image = among(n);
      for (const own of drawn) sum += own[image]!;
    }
    return (100 * sum) / (n * seeds);
  }).sort((x, y) => x - y);
  const base = (100 * b.flat().filter(Boolean).length) / (n * seeds);
  const points = (100 * differences.flat().reduce((x, y) => x + y, 0)) / (n * seeds);
  return {
    points,
    low: draws[Math.floor(0.025 * DRAWS)]!,
    high: draws[Math.floor(0.975 * DRAWS)]!,
    relative: base === 0 ? null : (100 * points) / base,
  };
}

/** `+1.3 (−0.4 to 2.9), +1.4 %`: points with their interval, and the relative gain, which a base of 0 does not have. */
export function gainText({ points, low, high, relative }: Gain): string {
  const of = relative === null ? 'of 0' : `${signed(relative)} %`;
  return `${signed(points)} (${signed(low)} to ${signed(high)}), ${of}`;
}
