/**
 * Clipped and leaky units where no kernel has them, see `UnitForm`: composed of phi.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, mul, neg, sub } from '@tensorflow/tfjs-core';
import type { DifferentiatedCtu } from './composed.js';
import { belowSaturation } from './saturation.js';
import type { UnitForm } from './unitForm.js';

/** y of a form, given phi. */
export function formValue(x: Tensor, beta: Tensor, { maxValue, alpha }: UnitForm, phi: (x: Tensor) => Tensor): Tensor {
  const clipped = (): Tensor => {
    const z = belowSaturation(x, beta, maxValue);
    return sub(phi(z), phi(sub(z, maxValue)));
  };
  const u = maxValue === Infinity ? phi(x) : clipped();
  // Not u + alpha·(x − u), which an infinite x makes NaN.
  return alpha === 0 ? u : add(mul(u, 1 - alpha), mul(x, alpha));
}

/** [dx], or [dx, dbeta, dcoeff], of a form, given those of phi. */
export function formGradients(
  { dy, x, beta }: Pick<DifferentiatedCtu, 'dy' | 'x' | 'beta'>,
  { maxValue, alpha }: UnitForm,
  ofPhi: (dy: Tensor, x: Tensor) => Tensor[],
): Tensor[] {
  const g = alpha === 0 ? dy : mul(dy, 1 - alpha);
  const clipped = (): Tensor[] => {
    const z = belowSaturation(x, beta, maxValue);
    const above = ofPhi(neg(g), sub(z, maxValue));
    return ofPhi(g, z).map((gradient, i) => add(gradient, above[i]!));
  };
  const [dx, ...others] = maxValue === Infinity ? ofPhi(g, x) : clipped();
  return [alpha === 0 ? dx! : add(dx!, mul(dy, alpha)), ...others];
}
