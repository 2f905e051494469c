/**
 * A faster `FusedBatchNorm` for the wasm backend, where mean, variance, offset and scale are one number per channel of
 * the last axis: tfjs looks each of them up for each element. The rest stays with tfjs. Arithmetic: native/batchNorm.c.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { FusedBatchNorm, util } from '@tensorflow/tfjs-core';
import { host } from '../wasm/nativeKernels.js';

interface Inputs extends NamedTensorInfoMap {
  x: TensorInfo;
  mean: TensorInfo;
  variance: TensorInfo;
  offset: TensorInfo | undefined;
  scale: TensorInfo | undefined;
}

/** (x - mean) * scale / sqrt(variance + epsilon) + offset; in front of tfjs's kernel. */
export function fusedBatchNorm(stock: KernelFunc): KernelFunc {
  return (params) => {
    const { x, mean, variance, offset, scale } = params.inputs as Inputs;
    const { varianceEpsilon } = params.attrs as { varianceEpsilon: number };
    const channels = x.shape.at(-1);
    const parameters = [mean, variance, offset, scale].filter((t) => t != null);
    const perChannel = parameters.every(
      ({ shape, dtype }) => shape.length === 1 && shape[0] === channels && dtype === 'float32',
    );
    const size = util.sizeFromShape(x.shape);
    if (x.dtype !== 'float32' || !perChannel || channels === undefined || size === 0) return stock(params);
    const backend = params.backend as BackendWasm;
    const y = backend.makeOutput(x.shape, 'float32');
    const { native, run } = host.accessTo(backend);
    run(FusedBatchNorm, [x, ...parameters], [y], (pointers, lend) => {
      const scratch = lend(native.batch_norm_scratch(channels));
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
