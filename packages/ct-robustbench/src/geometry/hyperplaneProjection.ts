/**
 * The smallest step, in the norm of the attack, from an image to a hyperplane, within the pixel range.
 */
import type { Norm } from './norm.js';

/** An L1 or L2 step leaves coordinates of smaller weight alone, as the original does. */
const SMALL_WEIGHT = 1e-8;

/** All x with ⟨w, x⟩ = b. */
export interface Hyperplane {
  readonly w: Float32Array;
  readonly b: number;
}

/**
 * Minimises ‖d‖ subject to ⟨w, t + d⟩ = b and 0 ≤ t + d ≤ 1, for one image; where the hyperplane cannot be reached,
 * d goes as far as the range allows. A weight vector of zeros gives d = 0.
 *
 * With c = ⟨w, t⟩ − b, turned so that c ≥ 0, pixel i can move by at most pᵢ and has dᵢ = −sign(wᵢ)·mᵢ:
 *
 *     Linf: mᵢ = min(λ, pᵢ)       L2: mᵢ = min(λ|wᵢ|, pᵢ)       with λ from Σ |wᵢ| mᵢ = c
 *     L1:   pixels with the largest |wᵢ| go to their limit one by one until c is used up
 *
 * @param t The image.
 * @param out Receives d.
 * Source: Croce & Hein 2020, arXiv 1907.02044, section 2.2 (the original sorts; λ here is the exact root of the same
 * equation, by Newton's method on a concave, piecewise linear function, which ends after a few steps).
 */
export function projectOntoHyperplane(norm: Norm, t: Float32Array, { w, b }: Hyperplane, out: Float64Array): void {
  const size = out.length;
  let c = -b;
  for (let i = 0; i < size; i++) c += w[i]! * t[i]!;
  const turn = c >= 0 ? 1 : -1;
  c *= turn;
  const weight = new Float64Array(size);
  const room = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    weight[i] = turn * w[i]!;
    room[i] = weight[i]! < 0 ? 1 - t[i]! : t[i]!;
    if (norm !== 'Linf' && Math.abs(weight[i]!) <= SMALL_WEIGHT) weight[i] = 0;
  }
  if (norm === 'L1') return greedy(weight, room, c, out);
  const lambda = multiplier(norm, weight, room, c);
  for (let i = 0; i < size; i++) {
    const length = Math.min(norm === 'Linf' ? lambda : lambda * Math.abs(weight[i]!), room[i]!);
    out[i] = weight[i] === 0 ? 0 : weight[i]! < 0 ? length : -length;
  }
}

/** λ of the equation above; Infinity when even all the room is not enough. */
function multiplier(norm: 'Linf' | 'L2', weight: Float64Array, room: Float64Array, c: number): number {
  let lambda = 0;
  // Each step passes at least one more pixel's limit; ~5 steps are usual.
  for (let step = 0; step <= weight.length; step++) {
    let full = 0;
    let slope = 0;
    for (let i = 0; i < weight.length; i++) {
      const a = Math.abs(weight[i]!);
      const reach = norm === 'Linf' ? lambda : lambda * a;
      if (reach >= room[i]! && lambda > 0) full += a * room[i]!;
      else slope += norm === 'Linf' ? a : a * a;
    }
    if (slope === 0) return Infinity;
    const next = (c - full) / slope;
    if (!(next > lambda)) return Math.max(lambda, 0);
    lambda = next;
  }
  return lambda;
}

function greedy(weight: Float64Array, room: Float64Array, c: number, out: Float64Array): void {
  const gains = weight.map((w, i) => Math.abs(w) * room[i]!);
  const ascending = weight.map(Math.abs).sort();
  // The smallest magnitude down to which all pixels may be moved before c is reached: a search over the sorted ones.
  let low = 0;
  let high = ascending.length;
  const gainAbove = (magnitude: number): number => {
    let sum = 0;
    for (let i = 0; i < weight.length; i++) if (Math.abs(weight[i]!) > magnitude) sum += gains[i]!;
    return sum;
  };
  while (low < high) {
    const middle = (low + high) >> 1;
    if (gainAbove(ascending[middle]!) <= c) high = middle;
    else low = middle + 1;
  }
  const last = low < ascending.length ? ascending[low]! : Infinity;
  let left = c - gainAbove(last);
  for (let i = 0; i < weight.length; i++) {
    const a = Math.abs(weight[i]!);
    let length = a > last ? room[i]! : 0;
    if (a === last && a > 0 && left > 0) {
      length = Math.min(room[i]!, left / a);
      left -= a * length;
    }
    out[i] = weight[i]! < 0 ? length : -length;
  }
}
