/**
 * The mean cross-entropy of logits, with its gradient in closed form.
 */
import type { GradSaveFunc, Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { customGrad, div, logSumExp, mean, mul, softmax, sub, sum, zerosLike } from '@tensorflow/tfjs-core';

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
