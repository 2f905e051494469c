/**
 * The three norms in which a perturbation is measured.
 */

/** Largest, Euclidean or summed change of a pixel value; pixels lie in [0, 1]. */
export type Norm = 'Linf' | 'L2' | 'L1';

/** All norms, for checks and messages. */
export const norms: readonly Norm[] = ['Linf', 'L2', 'L1'];

/**
 * ‖a − b‖ of one image each, summed in double precision.
 *
 * @param a,b Arrays of images; `size` values are read from `offset` on in both.
 */
export function distance(norm: Norm, a: Float32Array, b: Float32Array, offset: number, size: number): number {
  let sum = 0;
  let largest = 0;
  for (let i = offset; i < offset + size; i++) {
    const d = Math.abs(a[i]! - b[i]!);
    if (norm === 'L2') sum += d * d;
    else if (norm === 'L1') sum += d;
    // Written so that a NaN stays in the result.
    else if (!(d <= largest)) largest = d;
  }
  return norm === 'Linf' ? largest : norm === 'L2' ? Math.sqrt(sum) : sum;
}

/** @throws TypeError for an unknown norm, RangeError for an eps that is no number from 0. */
export function checkThreat(caller: string, norm: Norm, eps: number): void {
  if (!norms.includes(norm)) throw new TypeError(`${caller}: norm must be one of ${norms.join(', ')}, got ${String(norm)}`);
  if (!(Number.isFinite(eps) && eps >= 0)) {
    throw new RangeError(`${caller}: eps must be a finite number from 0, in units of pixels in [0, 1], got ${eps}; 8/255 is written 8 / 255`);
  }
}
