/**
 * The gradients of relu, relu6 and leaky relu for tfjs-node, as TensorFlow's own ops.
 *
 * tfjs makes them of `Step`, for which tfjs-node fills arrays of x's size on the host at every call: 36 ms for
 * `[32, 56, 56, 64]` on two cores where relu itself takes 1.5, and 25 ms on an H100. Here they are one op, and `Step`,
 * which others use too, is made where the tensor is.
 *
 *     relu: dy·[x > 0],   relu6: dy·[0 < x < 6],   leaky relu: dy·([x > 0] + alpha·[x <= 0])
 *
 * tfjs keeps one gradient per operation for all backends: ours stand in front of tfjs's and hand everything to them but
 * first derivatives on tfjs-node. Where x is NaN they give 0, or alpha·dy, as TensorFlow does.
 */
import type { GradConfig, KernelFunc, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import {
  add,
  cast,
  engine,
  getBackend,
  getGradient,
  getKernel,
  greater,
  isNaN as isNaNOf,
  LeakyRelu,
  mul,
  registerGradient,
  registerKernel,
  Relu,
  Relu6,
  scalar,
  Step,
  tidy,
  unregisterKernel,
  where,
} from '@tensorflow/tfjs-core';
import type { OpAttribute, TensorflowBackend } from './tensorflowBackend.js';

const BACKEND = 'tensorflow';
const OPS = { [Relu]: 'ReluGrad', [Relu6]: 'Relu6Grad', [LeakyRelu]: 'LeakyReluGrad' };

/** On our functions; the same for every copy of this package, so that a second one leaves the first alone. */
const MARK = Symbol.for('@curvature-tuning/activation-node/relu');

/** Puts the gradients, and `Step`, in the place of tfjs's. */
export function registerReluGradients(): void {
  for (const [kernelName, op] of Object.entries(OPS)) {
    if (getKernel(op, BACKEND) === undefined)
      registerKernel({ kernelName: op, backendName: BACKEND, kernelFunc: nativeGradient(op) });
    const stock = getGradient(kernelName);
    if (stock === undefined || MARK in stock.gradFunc) continue;
    const config: GradConfig = {
      ...stock,
      gradFunc: (dy, saved, attrs) => {
        const [x] = saved as [Tensor];
        // A tape that is still recording means second derivatives, for which tfjs must see stock ops.
        const isOurs = getBackend() === BACKEND && engine().state.gradientDepth === 0 && x.dtype === 'float32';
        if (!isOurs) return stock.gradFunc(dy, saved, attrs);
        return { x: () => engine().runKernel<Tensor>(op, { dy: dy as Tensor, x }, attrs) };
      },
    };
    Object.defineProperty(config.gradFunc, MARK, { value: true });
    registerGradient(config);
  }
  const stock = getKernel(Step, BACKEND);
  if (stock === undefined || MARK in stock.kernelFunc) return;
  unregisterKernel(Step, BACKEND);
  registerKernel({ ...stock, kernelFunc: step });
}

const nativeGradient =
  (op: string): KernelFunc =>
  ({ inputs, attrs, backend }) => {
    const { dy, x } = inputs as { dy: TensorInfo; x: TensorInfo };
    const tensorflow = backend as TensorflowBackend;
    const { TF_ATTR_FLOAT, TF_ATTR_TYPE, TF_FLOAT } = tensorflow.binding;
    const attributes: OpAttribute[] = [{ name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT }];
    const { alpha } = (attrs as { alpha?: number } | undefined) ?? {};
    if (alpha !== undefined) attributes.push({ name: 'alpha', type: TF_ATTR_FLOAT, value: alpha });
    return tensorflow.executeSingleOutput(op, attributes, [dy, x]);
  };

/** x > 0 ? 1 : alpha, NaN where x is. */
const step: KernelFunc = ({ inputs, attrs }) => {
  const x = (inputs as { x: Tensor }).x;
  const { alpha = 0 } = (attrs as { alpha?: number } | undefined) ?? {};
  return tidy(() => {
    const positive = cast(greater(x, scalar(0, x.dtype as 'float32')), x.dtype);
    const values = alpha === 0 ? positive : add(mul(positive, 1 - alpha), alpha);
    return x.dtype === 'float32' ? where(isNaNOf(x), x, values) : values;
  });
};
Object.defineProperty(step, MARK, { value: true });
