/**
 * A linear layer with a low-rank change, and its gradient without that of the kernel it changes.
 *
 * With V = W + s·A·B, y = V-path(x) and H = A-path(x), over all rows of the output
 *
 *     dx = V-path backwards of dy        dB = s·Hᵀ·dy        dA = s·(gradient of the path in its kernel at dy·Bᵀ)
 *
 * so that nothing of the size of W is computed: H and dy·Bᵀ have r channels. It is the same function as W-path(x) +
 * s·H·B, without the sum over the output, and with one pass backwards to x instead of two; H is made in the backward
 * pass alone.
 */
import type { GradSaveFunc, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { engine, matMul, mul, reshape, tidy } from '@tensorflow/tfjs-core';
import type { LowRank } from './lowRank.js';
import { fieldsOf } from './stockLayer.js';

/** A layer's linear map and its gradients; the kernel's last axis is that of the outputs. */
export interface LinearPath {
  forward: (x: Tensor, kernel: Tensor) => Tensor;
  /** The same with A in the kernel's place: the r features that B makes the change of. */
  features: (x: Tensor, a: Tensor) => Tensor;
  /** dx of dy. */
  backward: (dy: Tensor, kernel: Tensor, x: Tensor) => Tensor;
  /** The gradient of `features` in A, which is shaped like `a`. */
  factorGradient: (x: Tensor, dy: Tensor, a: Tensor) => Tensor;
}

/** What tfjs's engine records a function with, each gradient computed only if it is wanted; private in its typings. */
type Recorder = {
  runKernelFunc: (call: {
    forwardFunc: (backend: unknown, save: GradSaveFunc) => Tensor;
    backwardsFunc: (dy: Tensor, saved: Tensor[]) => Record<string, () => Tensor>;
    inputs: Record<string, Tensor>;
  }) => Tensor;
};

/** The layer's output, whose gradient reaches x, A and B, each if it is wanted. */
export function changedLinear(x: Tensor, lora: LowRank, path: LinearPath): Tensor {
  const { a, b, rank, scale } = lora;
  const outputs = b.shape[1];
  const scaled = (t: Tensor): Tensor => (scale === 1 ? t : mul(t, scale));
  const rows = (t: Tensor, size: number): Tensor2D => reshape(t, [-1, size]);
  return (fieldsOf(engine()) as Recorder).runKernelFunc({
    forwardFunc: (_, save) => {
      const kernel = lora.effectiveKernel();
      save([x, a, b, kernel]);
      return path.forward(x, kernel);
    },
    backwardsFunc: (dy, saved) => {
      const [input, aNow, bNow, kernel] = saved as [Tensor, Tensor, Tensor2D, Tensor];
      return {
        x: () => path.backward(dy, kernel, input),
        a: () =>
          tidy(() => {
            const dh = reshape(matMul(rows(dy, outputs), bNow, false, true), [...dy.shape.slice(0, -1), rank]);
            return scaled(path.factorGradient(input, dh, aNow));
          }),
        b: () => tidy(() => scaled(matMul(rows(path.features(input, aNow), rank), rows(dy, outputs), true))),
      };
    },
    inputs: { x, a, b },
  });
}
