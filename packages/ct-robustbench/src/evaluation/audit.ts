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

/** An example beside the image that it was made of. */
export interface AuditedExample {
  readonly clean: Float32Array;
  readonly adversarial: Float32Array;
  /** Number of the image. */
  readonly image: number;
}

/** Whether one example is a legal perturbation; notes its norm. */
export function auditExample(audit: Audit, norm: Norm, { clean, adversarial, image }: AuditedExample): boolean {
  const length = distance(norm, clean, adversarial);
  // NaN fails both comparisons.
  const inRange = adversarial.every((pixel) => pixel >= 0 && pixel <= 1);
  audit.checked++;
  if (!inRange || !(length <= audit.allowedNorm)) {
    audit.discarded.push(image);
    return false;
  }
  audit.largestNorm = Math.max(audit.largestNorm, length);
  return true;
}
