/**
 * `Slice` and `SplitV` for the wasm backend where a piece lies together in memory, as a batch of examples does, or a
 * variable in a vector of them: one copy of the piece. tfjs copies all of x first, for every piece: all examples for a
 * batch, and the vector as many times as it has parts. `Slice` also where it cuts one axis or two neighbouring ones, as
 * the gradient of padding does: tfjs computes coordinates for each row. The rest stays with tfjs.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { backend_util as backendUtil, Slice, slice_util as sliceUtil, util } from '@tensorflow/tfjs-core';
import { host } from '../wasm/nativeKernels.js';
import { runsOf } from './box.js';

/** A part of x; in front of tfjs's kernel. */
export function slice(stock: KernelFunc): KernelFunc {
  return (params) => {
    const { x } = params.inputs as { x: TensorInfo };
    const { begin, size } = params.attrs as { begin: number | number[]; size: number | number[] };
    const [start, shape] = sliceUtil.parseSliceParams(x, begin, size) as [number[], number[]];
    const backend = params.backend as BackendWasm;
    if (!isCopied(x, [shape])) return stock(params);
    if (sliceUtil.isSliceContinous(x.shape, start, shape))
      return piece(backend, x, shape, sliceUtil.computeFlatOffset(start, util.computeStrides(x.shape)));
    const runs = runsOf(x.shape, start, shape);
    if (runs === undefined || x.dtype === 'bool') return stock(params);
    const { outer, rows, words, offset, outerStep, rowStep } = runs;
    const y = backend.makeOutput(shape, x.dtype);
    const { native, run } = host.accessTo(backend);
    run(Slice, [x], [y], ([px, py]) => {
      native.copy_runs(px! + 4 * offset, outerStep, rowStep, py!, rows * words, words, outer, rows, words);
    });
    return y;
  };
}

/** All parts of x along an axis; in front of tfjs's kernel. */
export function splitV(stock: KernelFunc): KernelFunc {
  return (params) => {
    const { x } = params.inputs as { x: TensorInfo };
    const { numOrSizeSplits, axis } = params.attrs as { numOrSizeSplits: number | number[]; axis: number };
    const along = util.parseAxisParam(axis, x.shape)[0]!;
    const sizes = backendUtil.prepareSplitSize(x, numOrSizeSplits, along);
    const shapes = sizes.map((size) => x.shape.map((whole, i) => (i === along ? size : whole)));
    if (util.sizeFromShape(x.shape.slice(0, along)) !== 1 || !isCopied(x, shapes)) return stock(params);
    let offset = 0;
    return shapes.map((shape) => {
      const part = piece(params.backend as BackendWasm, x, shape, offset);
      offset += util.sizeFromShape(shape);
      return part;
    });
  };
}

/** Whether x is numbers, and none of the parts is empty. */
function isCopied(x: TensorInfo, shapes: readonly number[][]): boolean {
  return x.dtype !== 'string' && shapes.every((shape) => util.sizeFromShape(shape) > 0);
}

/** What of x lies from an offset on, as a tensor of its own. */
function piece(backend: BackendWasm, x: TensorInfo, shape: number[], offset: number): TensorInfo {
  const y = backend.makeOutput(shape, x.dtype);
  // Views of the memory, which y may have moved.
  const [from, to] = [backend.typedArrayFromHeap(x), backend.typedArrayFromHeap(y)];
  to.set(from.subarray(offset, offset + to.length));
  return y;
}
