/**
 * The three norms in which a perturbation is measured.
 */
import { oneOf, real } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';

/** Largest, Euclidean or summed change of a pixel value; pixels lie in [0, 1]. */
export type Norm = 'Linf' | 'L2' | 'L1';

export const normSchema: Schema<Norm> = oneOf('Linf', 'L2', 'L1');

const RADIUS_CURE = 'pixels lie in [0, 1]: 8/255 is written 8 / 255';

/** All images within ‖δ‖ ≤ eps of one. */
export interface Ball {
  readonly norm: Norm;
  readonly eps: number;
}

/** Where one image lies in an array of several. */
export interface Row {
  readonly offset: number;
  readonly size: number;
}

/** A radius; `checkRadius` knows how large it may be. */
export const radiusSchema: Schema<number> = real({ min: 0 }, { cure: RADIUS_CURE });

/**
 * ‖a − b‖ of one image each, summed in double precision.
 */
export function distance(norm: Norm, a: Float32Array, b: Float32Array): number {
  let sum = 0;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const d = Math.abs(a[i]! - b[i]!);
    if (norm === 'L2') sum += d * d;
    else if (norm === 'L1') sum += d;
    // Written so that a NaN stays in the result.
    else if (!(d <= largest)) largest = d;
  }
  return norm === 'Linf' ? largest : norm === 'L2' ? Math.sqrt(sum) : sum;
}

/**
 * Refuses a ball around any image that holds all images: robust accuracy would say nothing.
 *
 * @throws RangeError when eps is larger than the distance of a black image of `size` values from a white one.
 */
export function checkRadius(caller: string, { norm, eps }: Ball, size: number): void {
  const largest = norm === 'Linf' ? 1 : norm === 'L2' ? Math.sqrt(size) : size;
  if (eps > largest)
    throw new RangeError(
      `${caller}: eps must lie in [0, ${Number(largest.toPrecision(6))}] for ${norm} and images of ${size} ` +
        `values, got ${eps}; ${RADIUS_CURE}`,
    );
}
