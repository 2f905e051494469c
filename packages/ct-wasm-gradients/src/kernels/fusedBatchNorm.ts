/**
 * A faster `FusedBatchNorm` for the wasm backend, where mean, variance, offset and scale are one number per channel of
 * the last axis: tfjs looks each of them up for each element. The rest stays with tfjs. Arithmetic: native/batchNorm.c.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { FusedBatchNorm, util } from '@tensorflow/tfjs-core';
import { accessTo } from '../wasm/wasmAccess.js';

interface Inputs {
  x: TensorInfo;
  mean: TensorInfo;
  variance: TensorInfo;
  offset?: TensorInfo | null;
  scale?: TensorInfo | null;
}

/** (x - mean) * scale / sqrt(variance + epsilon) + offset; in front of tfjs's kernel. */
export function fusedBatchNorm(stock: KernelFunc): KernelFunc {
  return (params) => {
    const { x, mean, variance, offset, scale } = params.inputs as unknown as Inputs;
    const channels = x.shape.at(-1);
    const parameters = [mean, variance, offset, scale].filter((t) => t != null);
    const perChannel = parameters.every(
      ({ shape, dtype }) => shape.length === 1 && shape[0] === channels && dtype === 'float32',
    );
    const size = util.sizeFromShape(x.shape);
    if (x.dtype !== 'float32' || !perChannel || channels === undefined || size === 0) return stock(params);
    const { varianceEpsilon } = params.attrs as unknown as { varianceEpsilon: number };
    const backend = params.backend as BackendWasm;
    const y = backend.makeOutput(x.shape, 'float32');
    const { native, run } = accessTo(backend);
    run(FusedBatchNorm, [x, ...parameters], [y], native.batch_norm_scratch(channels), (pointers, scratch) => {
      const next = pointers.values();
      const take = (): number => next.next().value!;
      const [px, pm, pv] = [take(), take(), take()];
      const po = offset == null ? 0 : take();
      const ps = scale == null ? 0 : take();
      native.batch_norm(px, pm, pv, po, ps, varianceEpsilon, take(), size / channels, channels, scratch);
    });
    return y;
  };
}
