/**
 * A random landscape by the diamond-square algorithm, as fog is thick in some places and thin in others.
 */
import type { RandomStream } from '../data/randomStream.js';

/** Heights in [0, 1] on a periodic grid of `side` × `side`. */
export interface Plasma {
  heights: Float64Array;
  side: number;
}

/**
 * @param least The side is the first power of two from here on.
 * @param decay The roughness falls by this factor with every halving of the step.
 */
export function plasma(least: number, decay: number, random: RandomStream): Plasma {
  const side = 2 ** Math.max(1, Math.ceil(Math.log2(least)));
  const heights = new Float64Array(side * side);
  const at = (y: number, x: number): number => ((y + side) % side) * side + ((x + side) % side);
  let wobble = 100;
  // The roughness enters squared: the original multiplies a uniform number within ±wobble by wobble.
  const rough = (sum: number): number => sum / 4 + wobble * wobble * (2 * random.uniform() - 1);
  for (let step = side; step >= 2; step /= 2) {
    const half = step / 2;
    for (let y = 0; y < side; y += step) {
      for (let x = 0; x < side; x += step) {
        heights[at(y + half, x + half)] = rough(
          heights[at(y, x)]! + heights[at(y + step, x)]! + heights[at(y, x + step)]! + heights[at(y + step, x + step)]!,
        );
      }
    }
    for (let y = 0; y < side; y += step) {
      for (let x = 0; x < side; x += step) {
        for (const [i, j] of [
          [y, x + half],
          [y + half, x],
        ] as const) {
          heights[at(i, j)] = rough(
            heights[at(i - half, j)]! +
              heights[at(i + half, j)]! +
              heights[at(i, j - half)]! +
              heights[at(i, j + half)]!,
          );
        }
      }
    }
    wobble /= decay;
  }
  let low = Infinity;
  let high = -Infinity;
  for (const height of heights) {
    low = Math.min(low, height);
    high = Math.max(high, height);
  }
  return { heights: heights.map((height) => (height - low) / (high - low)), side };
}
