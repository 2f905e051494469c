/**
 * Batch normalisation in training, with the gradient in closed form.
 *
 * Over the n entries of a channel, with mean m, variance v, r = 1/sqrt(v + epsilon) and z = x − m:
 *
 *     y = gamma·r·z + beta
 *     dx = gamma·r·(dy − mean(dy) − z·r²·mean(dy·z))
 *
 * tfjs differentiates its own form operation by operation, some twenty passes over the activations; this takes six, and
 * none for gamma and beta unless they are wanted.
 */
import type { GradSaveFunc, Tensor } from '@tensorflow/tfjs-core';
import { add, customGrad, mean, mul, neg, rsqrt, square, sub, tidy } from '@tensorflow/tfjs-core';

/** Statistics of one batch, `[channels]`: the biased variance, and the number of entries they were taken over. */
export interface BatchStatistics {
  mean: Tensor;
  variance: Tensor;
  count: number;
}

/**
 * Normalises over all axes but the last: `[..., channels]` to the same shape.
 *
 * @param frozen Whether nobody differentiates gamma and beta, which saves two passes.
 * @param onStatistics Hears the batch's statistics, which live until it returns.
 */
export function normalizeBatch(
  x: Tensor,
  gamma: Tensor | null,
  beta: Tensor | null,
  epsilon: number,
  frozen: boolean,
  onStatistics: (statistics: BatchStatistics) => void,
): Tensor {
  const axes = x.shape.map((_, axis) => axis).slice(0, -1);
  const count = x.size / x.shape.at(-1)!;
  // Frozen parameters are constants of the op; others act outside it, where tfjs sees them.
  const [scale, offset] = frozen ? [gamma, beta] : [null, null];
  const normalized = customGrad((...args) => {
    const [input, save] = args as [Tensor, GradSaveFunc];
    const m = mean(input, axes);
    const centred = sub(input, m);
    const variance = mean(square(centred), axes);
    onStatistics({ mean: m, variance, count });
    const r = rsqrt(add(variance, epsilon));
    const factor = scale === null ? r : mul(scale, r);
    save([centred, r, factor]);
    const y = mul(centred, factor);
    return {
      value: offset === null ? y : add(y, offset),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [z, rs, f] = saved as [Tensor, Tensor, Tensor];
        return tidy(() => {
          const slope = neg(mul(mul(f, square(rs)), mean(mul(dy, z), axes)));
          const shift = neg(mul(f, mean(dy, axes)));
          return add(add(mul(dy, f), mul(z, slope)), shift);
        });
      },
    };
  })(x);
  if (frozen) return normalized;
  const scaled = gamma === null ? normalized : mul(normalized, gamma);
  return beta === null ? scaled : add(scaled, beta);
}
