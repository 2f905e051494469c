/**
 * The projection onto the part of an L1 ball that lies in the pixel range.
 */

/**
 * Moves `x + delta` to the nearest point (in L2) with ‖·− x‖₁ ≤ eps and pixels in [0, 1], for one image; changes
 * `delta` in place. Expects x in [0, 1].
 *
 * Every |deltaᵢ| shrinks by mᵢ = clamp(α, vᵢ, |deltaᵢ|), where vᵢ is what lies outside the pixel range and α ≥ 0 is
 * the smallest number with Σ (|deltaᵢ| − mᵢ) ≤ eps. α is found by Newton's method on this piecewise linear,
 * increasing function, kept inside a shrinking bracket; the last step solves for α on its linear piece exactly.
 *
 * @param x The clean images; the image begins at `offset`.
 * @param delta One image.
 * Source: Croce & Hein 2021, arXiv 2103.01208, section 3 (the original sorts instead).
 */
export function projectOntoL1Ball(x: Float32Array, offset: number, delta: Float64Array, eps: number): void {
  const size = delta.length;
  const outside = new Float64Array(size);
  let target = -eps;
  let least = 0;
  let high = 0;
  for (let i = 0; i < size; i++) {
    const moved = x[offset + i]! + delta[i]!;
    outside[i] = Math.max(0, -moved, moved - 1);
    const length = Math.abs(delta[i]!);
    target += length;
    least += outside[i]!;
    if (length > high) high = length;
  }
  const alpha = least >= target ? 0 : solve(delta, outside, target, high);
  for (let i = 0; i < size; i++) {
    const length = Math.abs(delta[i]!);
    const shrunk = length - Math.min(length, Math.max(outside[i]!, alpha));
    delta[i] = delta[i]! < 0 ? -shrunk : shrunk;
  }
}

/** α with Σ clamp(α, vᵢ, |deltaᵢ|) = target. */
function solve(delta: Float64Array, outside: Float64Array, target: number, largest: number): number {
  let low = 0;
  let high = largest;
  let alpha = Math.max(0, target / delta.length);
  // Newton ends after a few steps; the bracket bounds their number by the bits of a double.
  for (let step = 0; step < 100; step++) {
    let fixed = 0;
    let free = 0;
    for (let i = 0; i < delta.length; i++) {
      const length = Math.abs(delta[i]!);
      if (alpha >= length) fixed += length;
      else if (alpha <= outside[i]!) fixed += outside[i]!;
      else free++;
    }
    if (fixed + free * alpha < target) low = alpha;
    else high = alpha;
    const next = free === 0 ? (low + high) / 2 : (target - fixed) / free;
    if (Math.abs(next - alpha) <= 1e-15 * largest || high - low <= 1e-15 * largest) return next;
    alpha = next > low && next < high ? next : (low + high) / 2;
  }
  return alpha;
}
