/**
 * The gradient of a low-rank change, without that of the kernel it changes.
 *
 * With H = path(x; A) and y = W-path(x) + s·H·B, over all rows of the output,
 *
 *     dB = s·Hᵀ·dy        dH = s·dy·Bᵀ        dA = gradient of path in A at dH
 *
 * so that nothing of the size of W is computed: H and dH have r channels. H is made anew in the backward pass, which is
 * cheaper than a second convolution and a sum in every forward pass.
 */
import type { GradSaveFunc, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { customGrad, matMul, mul, reshape, tidy } from '@tensorflow/tfjs-core';

/** How a layer reduces its input to r channels. */
export interface Reduction {
  /** H, `[..., r]`. */
  forward: (x: Tensor, a: Tensor) => Tensor;
  /** dA, in the shape of A. */
  pullBack: (x: Tensor, dh: Tensor, a: Tensor) => Tensor;
}

/**
 * Returns `y` itself, `[..., out]`, whose gradient reaches A and B too; that of x must come through y.
 *
 * @param scale The s above.
 */
export function withLowRankGradient(y: Tensor, x: Tensor, a: Tensor, b: Tensor2D, scale: number, { forward, pullBack }: Reduction): Tensor {
  const [rank, outputs] = b.shape;
  return customGrad((...args) => {
    const [value, , , save] = args as unknown as [Tensor, Tensor, Tensor, GradSaveFunc];
    save([x, a, b]);
    return {
      value: value.clone(),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [input, aNow, bNow] = saved as [Tensor, Tensor, Tensor2D];
        const [da, db] = tidy(() => {
          const rows = reshape(mul(dy, scale), [-1, outputs]) as Tensor2D;
          const h = reshape(forward(input, aNow), [-1, rank]) as Tensor2D;
          const dh = reshape(matMul(rows, bNow, false, true), [...dy.shape.slice(0, -1), rank]);
          return [pullBack(input, dh, aNow), matMul(h, rows, true)] as const;
        });
        return [dy, da, db];
      },
    };
  })(y, a, b);
}
