/**
 * From where a clipped unit, phi(z) − phi(z − m), no longer rises. Beyond, the difference of two numbers as large as z
 * would lose what it is about: at z = 1e9 nothing is left of m = 6.
 */
import { storesFloat16 } from './float16.js';
import { EPSILON } from './math.js';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, customGrad, div, maximum, minimum, mul, sub, zeros } from '@tensorflow/tfjs-core';

// The unit falls short of m by no more than (z − m)·exp(−32), which is 4e-10 for beta = 0.001.
const DECAY = 32;

// Smaller betas count as these, so that the quotient stays finite: infinities are not safe on devices of float16.
const LEAST_BETA = { float32: 1e-30, float16: 2 ** -10 };

/**
 * The smaller of z and of where phi(z) − phi(z − m) is m in float32: m + 32·s / beta, s = 1 − beta + EPSILON; 3e31 at
 * beta = 0, where it never is.
 *
 * Its gradient in z is dy everywhere and none in beta: the unit is flat where it matters, so that nothing is lost and
 * no mask is computed.
 */
export function belowSaturation(z: Tensor, beta: Tensor, maxValue: number): Tensor {
  const clip = customGrad((...inputs) => {
    const [x, b] = inputs as Tensor[];
    const least = storesFloat16() ? LEAST_BETA.float16 : LEAST_BETA.float32;
    const slack = div(sub(DECAY * (1 + EPSILON), mul(b!, DECAY)), maximum(b!, least));
    return {
      value: minimum(x!, add(slack, maxValue)),
      gradFunc: (dy: Tensor) => [dy, zeros(b!.shape)],
    };
  });
  return clip(z, beta);
}
