/**
 * A faster `PadV2` for the wasm backend, with zeros on one axis or two neighbouring ones, as before a convolution:
 * tfjs computes coordinates element by element. float32 and int32; the rest stays with tfjs. Arithmetic: native/box.c.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { PadV2, util } from '@tensorflow/tfjs-core';
import { host } from '../wasm/nativeKernels.js';
import { runsOf } from './box.js';

/** x with zeros before and after it; in front of tfjs's kernel. */
export function pad(stock: KernelFunc): KernelFunc {
  return (params) => {
    const { x } = params.inputs as { x: TensorInfo };
    const { paddings, constantValue } = params.attrs as { paddings: [number, number][]; constantValue: number };
    const shape = x.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]);
    const begin = paddings.map(([before]) => before);
    const runs = runsOf(shape, begin, x.shape);
    const isWords = x.dtype === 'float32' || x.dtype === 'int32';
    if (runs === undefined || !isWords || constantValue !== 0 || util.sizeFromShape(x.shape) === 0)
      return stock(params);
    const { outer, rows, words, offset, outerStep, rowStep } = runs;
    const backend = params.backend as BackendWasm;
    const y = backend.makeOutput(shape, x.dtype);
    const { native, run } = host.accessTo(backend);
    run(PadV2, [x], [y], ([px, py]) => {
      native.clear(py!, util.sizeFromShape(shape));
      native.copy_runs(px!, rows * words, words, py! + 4 * offset, outerStep, rowStep, outer, rows, words);
    });
    return y;
  };
}
