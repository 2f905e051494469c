/**
 * The patterns that the Square attack paints in L2 and L1: two opposite bumps that fill a square.
 */
import type { RandomStream } from '../../data/randomStream.js';

/**
 * A bump of `height` × `width`, row by row: nested rectangles around the middle, the k-th weighing 1/k² (L2) or
 * 1/k⁴ (L1), scaled to norm 1.
 */
export function bump(norm: 'L2' | 'L1', height: number, width: number): Float64Array {
  const pattern = new Float64Array(height * width);
  const rings = Math.max(Math.floor(height / 2), Math.floor(width / 2)) + 1;
  for (let k = 0; k < rings; k++) {
    const top = Math.floor(height / 2) - k;
    const left = Math.floor(width / 2) - k;
    for (let i = Math.max(top, 0); i < Math.min(top + 2 * k + 1, height); i++) {
      for (let j = Math.max(left, 0); j < Math.min(left + 2 * k + 1, width); j++) {
        pattern[i * width + j]! += 1 / (k + 1) ** (norm === 'L2' ? 2 : 4);
      }
    }
  }
  return scaledToOne(norm, pattern);
}

/** The η of the paper: a bump above and its opposite below, `size` × `size`, norm 1; transposed or not by chance. */
export function squarePattern(norm: 'L2' | 'L1', size: number, random: RandomStream): Float64Array {
  const upper = Math.floor(size / 2);
  const pattern = new Float64Array(size * size);
  pattern.set(bump(norm, upper, size));
  pattern.set(
    bump(norm, size - upper, size).map((value) => -value),
    upper * size,
  );
  scaledToOne(norm, pattern);
  if (random.uniform() <= 0.5) return pattern;
  return pattern.map((_, i) => pattern[(i % size) * size + Math.floor(i / size)]!);
}

function scaledToOne(norm: 'L2' | 'L1', pattern: Float64Array): Float64Array {
  let sum = 0;
  for (const value of pattern) sum += norm === 'L2' ? value * value : Math.abs(value);
  const length = norm === 'L2' ? Math.sqrt(sum) : sum;
  for (let i = 0; i < pattern.length; i++) pattern[i]! /= length;
  return pattern;
}
