/**
 * The gradients of `tf.conv2d` and `tf.depthwiseConv2d` with dilations, which tfjs refuses ("dilation rates greater
 * than 1 are not yet supported in gradients"): on wasm the kernels here compute them.
 *
 * tfjs keeps one gradient per operation for all backends. Ours stands in front of tfjs's and hands everything to it but
 * dilations on wasm.
 */
import type { GradConfig, Tensor } from '@tensorflow/tfjs-core';
import {
  Conv2D,
  Conv2DBackpropFilter,
  Conv2DBackpropInput,
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
  engine,
  getBackend,
  getGradient,
  registerGradient,
} from '@tensorflow/tfjs-core';

const BACKPROP = {
  [Conv2D]: { input: Conv2DBackpropInput, filter: Conv2DBackpropFilter },
  [DepthwiseConv2dNative]: { input: DepthwiseConv2dNativeBackpropInput, filter: DepthwiseConv2dNativeBackpropFilter },
};

/** On our gradient functions; the same for every copy of this package, so that a second one leaves the first alone. */
const MARK = Symbol.for('@curvature-tuning/wasm-gradients/dilated');

/** Whether the gradients here are in place: they are not before tfjs's own are registered. */
export function hasDilatedGradients(): boolean {
  return Object.keys(BACKPROP).every((name) => {
    const config = getGradient(name);
    return config !== undefined && MARK in config.gradFunc;
  });
}

/** Puts the gradients in front of tfjs's own, where those are registered and it has not been done. */
export function registerDilatedGradients(): void {
  for (const [kernelName, backprop] of Object.entries(BACKPROP)) {
    const stock = getGradient(kernelName);
    if (stock === undefined || MARK in stock.gradFunc) continue;
    const config: GradConfig = {
      ...stock,
      gradFunc: (dy, saved, attrs) => {
        const { dilations } = attrs as { dilations?: number | [number, number] | null };
        const isDilated = [dilations ?? 1].flat().some((rate) => rate !== 1);
        if (!isDilated || getBackend() !== 'wasm') return stock.gradFunc(dy, saved, attrs);
        const [x, filter] = saved as [Tensor, Tensor];
        const gradient = dy as Tensor;
        const run = (name: string, inputs: Record<string, Tensor>, shape: Record<string, number[]>): Tensor =>
          engine().runKernel(name, inputs, { ...attrs, ...shape });
        return {
          x: () => run(backprop.input, { dy: gradient, filter }, { inputShape: x.shape }),
          filter: () => run(backprop.filter, { x, dy: gradient }, { filterShape: filter.shape }),
        };
      },
    };
    Object.defineProperty(config.gradFunc, MARK, { value: true });
    registerGradient(config);
  }
}
