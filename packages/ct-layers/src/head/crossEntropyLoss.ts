/**
 * The mean cross-entropy of logits, with its gradient in closed form.
 */
import { CROSS_ENTROPY, CROSS_ENTROPY_GRAD } from '@curvature-tuning/activation';
import type { GradSaveFunc, Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import {
  customGrad,
  div,
  engine,
  getBackend,
  getKernel,
  keep,
  logSumExp,
  mean,
  mul,
  reshape,
  slice,
  softmax,
  sub,
  sum,
  zerosLike,
} from '@tensorflow/tfjs-core';

/**
 * mean over examples of −ln softmax(logits)[class]; d/dlogits = (softmax(logits) − target) / examples.
 *
 * @param logits `[batch, classes]`
 * @param target One-hot, `[batch, classes]`; not differentiated.
 */
export function crossEntropyLoss(logits: Tensor2D, target: Tensor2D): Scalar {
  return customGrad((...args) => {
    const [z, y, save] = args as [Tensor2D, Tensor2D, GradSaveFunc];
    save([z, y]);
    return {
      value: mean(sub(logSumExp(z, 1), sum(mul(z, y), 1))),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [logitsSaved, targetSaved] = saved as [Tensor2D, Tensor2D];
        return [mul(div(sub(softmax(logitsSaved), targetSaved), logitsSaved.shape[0]), dy), zerosLike(targetSaved)];
      },
    };
  })(logits, target) as Scalar;
}

/**
 * The same loss of class numbers, with how many are right, where the backend computes both in one kernel; else
 * undefined.
 *
 * @param labels int32 `[batch]`
 * @returns Both as `scores`, `[2]`, which is kept until the caller disposes of it.
 */
export function scoredCrossEntropy(logits: Tensor2D, labels: Tensor1D): { loss: Scalar; scores: Tensor1D } | undefined {
  if ([CROSS_ENTROPY, CROSS_ENTROPY_GRAD].some((name) => getKernel(name, getBackend()) === undefined)) return undefined;
  let scores: Tensor1D | undefined;
  const loss = customGrad((...args) => {
    const [z, save] = [args[0] as Tensor2D, args.at(-1) as GradSaveFunc];
    const [both, rows] = engine().runKernel<Tensor[]>(CROSS_ENTROPY, { logits: z, labels }) as [Tensor1D, Tensor];
    scores = keep(both);
    save([z, rows]);
    return {
      value: reshape(slice(both, [0], [1]), []),
      gradFunc: (dy: Tensor, [saved, savedRows]: Tensor[]) =>
        engine().runKernel<Tensor>(CROSS_ENTROPY_GRAD, { dy, logits: saved!, labels, rows: savedRows! }),
    };
  })(logits) as Scalar;
  return { loss, scores: scores! };
}
