/**
 * `Identity` for the wasm backend without a copy: the result is the same data under another handle, as it is on cpu.
 *
 * tfjs clones a tensor whenever it saves one for the backward pass; no kernel writes into a tensor that exists.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';

/** The same data, counted once more. */
export function identity(stock: KernelFunc): KernelFunc {
  return (params) => {
    const { x } = params.inputs as { x: TensorInfo };
    if (x.dtype === 'string') return stock(params);
    (params.backend as BackendWasm).incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  };
}
