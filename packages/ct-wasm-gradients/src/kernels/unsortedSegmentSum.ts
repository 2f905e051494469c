/**
 * `UnsortedSegmentSum`, the gradient of `tf.gather` and so of embeddings, which tfjs-backend-wasm lacks. A loop over
 * rows in JavaScript: it moves memory and computes little.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { UnsortedSegmentSum, util } from '@tensorflow/tfjs-core';

/**
 * y[s, ...] = sum of x[i, ...] over the i with segmentIds[i] = s, for s below `numSegments`; other rows are left out.
 *
 * @throws RangeError where there is not one id for each row of x.
 * @throws TypeError where x is neither float32 nor int32.
 */
export const unsortedSegmentSum: KernelFunc = (params) => {
  const { x, segmentIds } = params.inputs as { x: TensorInfo; segmentIds: TensorInfo };
  const { numSegments } = params.attrs as { numSegments: number };
  if (x.dtype !== 'float32' && x.dtype !== 'int32')
    throw new TypeError(`${UnsortedSegmentSum}: x must be float32 or int32, got ${x.dtype}; cast it`);
  if (segmentIds.shape.length !== 1 || segmentIds.shape[0] !== x.shape[0]) {
    throw new RangeError(
      `${UnsortedSegmentSum}: segmentIds must have the shape [${x.shape[0]}], one for each row of x, got ` +
        `[${segmentIds.shape.join(', ')}]`,
    );
  }
  const backend = params.backend as BackendWasm;
  const y = backend.makeOutput([numSegments, ...x.shape.slice(1)], x.dtype);
  // No allocation after this, which could detach the views.
  const [from, ids, to] = [x, segmentIds, y].map((t) => backend.typedArrayFromHeap(t)) as [
    Float32Array,
    Int32Array,
    Float32Array,
  ];
  const width = util.sizeFromShape(x.shape.slice(1));
  to.fill(0);
  ids.forEach((id, row) => {
    if (id < 0 || id >= numSegments) return;
    for (let i = 0; i < width; i++) to[id * width + i]! += from[row * width + i]!;
  });
  return y;
};
