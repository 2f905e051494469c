/**
 * The check of every adversarial example that is returned: inside the ball, inside the pixel range.
 */
import type { Norm } from '../geometry/norm.js';
import { distance } from '../geometry/norm.js';

/** What the audit found over all examples of a run. */
export interface Audit {
  /** Examples that were measured: those that fool the model. */
  checked: number;
  /** The largest ‖δ‖ among them, in the threat's norm. */
  largestNorm: number;
  /** The allowed norm: eps and what rounding pixels to float32 may add. */
  allowedNorm: number;
  /** Images (by number) whose example was outside and was discarded. */
  discarded: number[];
}

/** Half a float32 step of a pixel in [0.5, 1]. */
const ROUNDING = 2 ** -25;

/**
 * The norm that an example may have: eps·(1 + 1e-6), plus the rounding of each of `size` pixels to float32
 * (3e-8 each: once in Linf, √size times in L2, size times in L1).
 */
export function allowedNorm(norm: Norm, eps: number, size: number): number {
  return eps * (1 + 1e-6) + ROUNDING * (norm === 'Linf' ? 1 : norm === 'L2' ? Math.sqrt(size) : size);
}

/** Whether one example, at `offset` of both arrays, is a legal perturbation; notes its norm. */
export function auditExample(
  audit: Audit,
  norm: Norm,
  clean: Float32Array,
  adversarial: Float32Array,
  offset: number,
  size: number,
  image: number,
): boolean {
  const length = distance(norm, clean, adversarial, offset, size);
  let inRange = true;
  // NaN fails both comparisons.
  for (let i = offset; i < offset + size; i++) if (!(adversarial[i]! >= 0 && adversarial[i]! <= 1)) inRange = false;
  audit.checked++;
  if (!inRange || !(length <= audit.allowedNorm)) {
    audit.discarded.push(image);
    return false;
  }
  audit.largestNorm = Math.max(audit.largestNorm, length);
  return true;
}
