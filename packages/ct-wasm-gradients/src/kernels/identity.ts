/**
 * `Identity`, and `Cast` where the type stays, for the wasm backend without a copy: the result is the same data under
 * another handle, as it is on cpu. And `Cast` from bool to float32 by native/compare.c: tfjs goes through JavaScript.
 *
 * tfjs clones a tensor whenever it saves one for the backward pass; no kernel writes into a tensor that exists.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { DataType, KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { Cast, util } from '@tensorflow/tfjs-core';
import { host } from '../wasm/nativeKernels.js';

/** The same data, counted once more; in front of tfjs's kernel. */
export function identity(stock: KernelFunc): KernelFunc {
  return (params) => {
    const { x } = params.inputs as { x: TensorInfo };
    return x.dtype === 'string' ? stock(params) : share(params.backend as BackendWasm, x);
  };
}

/** x as another type; in front of tfjs's kernel. */
export function cast(stock: KernelFunc): KernelFunc {
  return (params) => {
    const { x } = params.inputs as { x: TensorInfo };
    const { dtype } = params.attrs as { dtype: DataType };
    const backend = params.backend as BackendWasm;
    if (x.dtype === dtype && dtype !== 'string') return share(backend, x);
    const size = util.sizeFromShape(x.shape);
    if (x.dtype !== 'bool' || dtype !== 'float32' || size === 0) return stock(params);
    const y = backend.makeOutput(x.shape, 'float32');
    const { native, run } = host.accessTo(backend);
    run(Cast, [x], [y], ([from, to]) => native.bools_to_floats(from!, to!, size));
    return y;
  };
}

function share(backend: BackendWasm, { dataId, shape, dtype }: TensorInfo): TensorInfo {
  backend.incRef(dataId);
  return { dataId, shape, dtype };
}
