/**
 * Faster `Sum` and `Mean` for the wasm backend, where the summed axes are neighbours, as [batch, height, width] are in
 * the gradients of biases and of batch normalisation: tfjs transposes the tensor first. The rest stays with tfjs.
 *
 * float32 with float64 sums between blocks of 64 rows; the arithmetic is native/sum.c.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { backend_util, util } from '@tensorflow/tfjs-core';
import { host } from '../wasm/nativeKernels.js';

/** Sums over `axis`, or means; in front of tfjs's kernel. */
export function sumKernel(kernel: 'Sum' | 'Mean'): (stock: KernelFunc) => KernelFunc {
  return (stock) => (params) => {
    const { x } = params.inputs as { x: TensorInfo };
    const { axis, keepDims } = params.attrs as { axis: number | number[]; keepDims: boolean };
    const axes = util.parseAxisParam(axis, x.shape);
    const block = blockOf(x.shape, axes);
    if (x.dtype !== 'float32' || block === undefined) return stock(params);
    const [outer, count, inner] = block;
    const [shape] = backend_util.computeOutAndReduceShapes(x.shape, axes);
    const backend = params.backend as BackendWasm;
    const y = backend.makeOutput(keepDims ? backend_util.expandShapeToKeepDim(shape, axes) : shape, 'float32');
    const { native, run } = host.accessTo(backend);
    run(kernel, [x], [y], ([from, to], lend) => {
      native.sum(from!, to!, outer, count, inner, kernel === 'Mean' ? 1 / count : 1, lend(native.sum_scratch(inner)));
    });
    return y;
  };
}

/** Sizes of what lies before, within and after the axes, if they are neighbours; undefined otherwise. */
function blockOf(shape: number[], axes: number[]): [outer: number, count: number, inner: number] | undefined {
  // tfjs leaves sums of nothing as they come from its heap.
  if (util.sizeFromShape(shape) === 0)
    return [util.sizeFromShape(shape.filter((_, axis) => !axes.includes(axis))), 0, 1];
  // An axis of size 1 is wherever it suits.
  const summed = axes.filter((axis) => shape[axis] !== 1);
  if (summed.length === 0) return [util.sizeFromShape(shape), 1, 1];
  const [first, last] = [Math.min(...summed), Math.max(...summed)];
  const inside = shape.slice(first, last + 1);
  if (inside.some((size, i) => size !== 1 && !summed.includes(first + i))) return undefined;
  return [
    util.sizeFromShape(shape.slice(0, first)),
    util.sizeFromShape(inside),
    util.sizeFromShape(shape.slice(last + 1)),
  ];
}
