/**
 * Faster comparisons and `LogicalAnd` for the wasm backend: the gradients of `tf.clipByValue` and `tf.relu6` compare
 * whole activations, for which tfjs computes coordinates element by element. float32 tensors of one shape, or whose
 * second repeats itself along the first's leading axes; the rest stays with tfjs. The arithmetic is native/compare.c.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { backend_util, LogicalAnd, util } from '@tensorflow/tfjs-core';
import { host } from '../wasm/nativeKernels.js';
import { isSuffix } from './binary.js';

// In the order of native/compare.c.
const RELATIONS = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'] as const;

/** Whether a and b stand in a relation, as bool; in front of tfjs's kernel. */
export function comparisonKernel(kernel: (typeof RELATIONS)[number]): (stock: KernelFunc) => KernelFunc {
  const relation = RELATIONS.indexOf(kernel);
  return (stock) => (params) => {
    const { a, b } = params.inputs as { a: TensorInfo; b: TensorInfo };
    const [sizeA, sizeB] = [util.sizeFromShape(a.shape), util.sizeFromShape(b.shape)];
    if (a.dtype !== 'float32' || b.dtype !== 'float32' || sizeA < sizeB || sizeB === 0 || !isSuffix(b.shape, a.shape))
      return stock(params);
    const backend = params.backend as BackendWasm;
    const y = backend.makeOutput(backend_util.assertAndGetBroadcastShape(a.shape, b.shape), 'bool');
    const { native, run } = host.accessTo(backend);
    run(kernel, [a, b], [y], ([pa, pb, py]) => native.compare(relation, pa!, pb!, sizeB, py!, sizeA));
    return y;
  };
}

/** Whether a and b are both true; in front of tfjs's kernel. */
export function logicalAnd(stock: KernelFunc): KernelFunc {
  return (params) => {
    const { a, b } = params.inputs as { a: TensorInfo; b: TensorInfo };
    const size = util.sizeFromShape(a.shape);
    if (a.dtype !== 'bool' || b.dtype !== 'bool' || !util.arraysEqual(a.shape, b.shape) || size === 0)
      return stock(params);
    const backend = params.backend as BackendWasm;
    const y = backend.makeOutput(a.shape, 'bool');
    const { native, run } = host.accessTo(backend);
    run(LogicalAnd, [a, b], [y], ([pa, pb, py]) => native.logical_and(pa!, pb!, py!, size));
    return y;
  };
}
