/**
 * Random numbers that a seed determines: what a page shows can be shown again.
 */

/** Numbers of [0, 1) and of the standard normal distribution, in an order that the seed determines (mulberry32). */
export interface RandomNumbers {
  uniform: () => number;
  normal: () => number;
}

/** A source of random numbers. */
export function randomNumbers(seed: number): RandomNumbers {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    // Box and Muller; 1 − u, because u may be 0.
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}
