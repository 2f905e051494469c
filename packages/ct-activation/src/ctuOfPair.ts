/**
 * The op with beta and c of each channel in one tensor.
 */
import type { GradSaveFunc, Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { customGrad, engine, stack, Tensor as TensorClass, tidy, unstack } from '@tensorflow/tfjs-core';
import { backward, ctu } from './ctu.js';
import { HeldTensors } from './heldTensors.js';
import { CTU_PAIR, CTU_PAIR_GRAD, takesPairs } from './kernels/pairKernel.js';
import type { UnitForm } from './unitForm.js';
import { checkForm, PLAIN } from './unitForm.js';

/**
 * `ctu` of beta and coeff `[channels]` each, given end to end; its gradients are those in x and in the pair.
 *
 *     ctuOfPair(x, tf.stack([beta, coeff]))     // as ctu(x, beta, coeff, {wrt: 'all'})
 *
 * In half as many programs on webgl and webgpu, whose kernels take pairs; on other backends `ctu` of the two rows.
 *
 * @param x float32 tensor of rank 1 to 6, channels last.
 * @param pair float32, `[2, channels]`, in [0, 1], which is not checked.
 * @param form As the options `maxValue` and `alpha` of `ctu`.
 * @throws TypeError naming what is none of this.
 */
export function ctuOfPair<T extends Tensor>(x: T, pair: Tensor2D, form: UnitForm = PLAIN): T {
  checkArguments(x, pair);
  checkForm('ctuOfPair', form);
  return tidy(() => {
    if (!takesPairs() || x.size === 0) {
      const [beta, coeff] = unstack(pair) as [Tensor, Tensor];
      return ctu(x, beta, coeff, { ...form, wrt: 'all' });
    }
    const held = new HeldTensors([pair]);
    return customGrad((...args) => {
      const [input, given, save] = args as unknown as [Tensor, Tensor, GradSaveFunc];
      save([input, ...held.passing]);
      return {
        value: engine().runKernel<Tensor>(CTU_PAIR, { x: input, pair: given }, { ...form }),
        gradFunc: (dy: Tensor, [savedX, ...saved]: Tensor[]) =>
          gradients(dy, savedX!, { pair: held.restore(saved)[0] as Tensor2D, form }),
      };
    })(x, pair) as T;
  });
}

function gradients(dy: Tensor, x: Tensor, { pair, form }: { pair: Tensor2D; form: UnitForm }): Tensor[] {
  // A tape that is still recording means second derivatives, for which tfjs must see stock ops.
  if (engine().state.gradientDepth === 0)
    return engine().runKernel<Tensor[]>(CTU_PAIR_GRAD, { dy, x, pair }, { ...form });
  const [beta, coeff] = unstack(pair) as [Tensor, Tensor];
  const [dx, dbeta, dcoeff] = backward({ dy, x, beta, coeff, form }, true) as [Tensor, Tensor, Tensor];
  return [dx, stack([dbeta, dcoeff])];
}

/** By hand, as in `ctu`: kernel entries carry no schemas. */
function checkArguments(x: unknown, pair: unknown): void {
  const isFloat32 = (t: unknown): t is Tensor => t instanceof TensorClass && t.dtype === 'float32' && !t.isDisposed;
  if (!isFloat32(x) || x.rank === 0)
    throw new TypeError('ctuOfPair: x must be a float32 tensor [..., channels] that was not disposed of');
  const channels = x.shape.at(-1)!;
  if (!isFloat32(pair) || pair.rank !== 2 || pair.shape[0] !== 2 || pair.shape[1] !== channels)
    throw new TypeError(`ctuOfPair: pair must be a float32 tensor [2, ${channels}], a row of beta and one of c`);
}
