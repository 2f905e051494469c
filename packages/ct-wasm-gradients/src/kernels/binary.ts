/**
 * Faster `Add`, `Sub`, `Multiply`, `RealDiv`, `Maximum` and `Minimum` for the wasm backend, for float32 tensors of one
 * shape, or one of which repeats itself along the other's leading axes, as numbers per channel and scalars do. For the
 * first four tfjs sets up an XNNPACK operator for each call: 20 microseconds for tensors of 16 numbers, of which a
 * training step has a thousand; for the last two it computes coordinates element by element, which takes a hundred
 * times as long as the comparison. The rest stays with tfjs. The arithmetic is native/binary.c.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { backend_util, util } from '@tensorflow/tfjs-core';
import { host } from '../wasm/nativeKernels.js';

// In the order of native/binary.c.
const OPERATIONS = ['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum'] as const;

/** a op b; in front of tfjs's kernel. */
export function binaryKernel(kernel: (typeof OPERATIONS)[number]): (stock: KernelFunc) => KernelFunc {
  const operation = OPERATIONS.indexOf(kernel);
  return (stock) => (params) => {
    const { a, b } = params.inputs as { a: TensorInfo; b: TensorInfo };
    const [sizeA, sizeB] = [util.sizeFromShape(a.shape), util.sizeFromShape(b.shape)];
    const repeats = sizeA >= sizeB ? isSuffix(b.shape, a.shape) : isSuffix(a.shape, b.shape);
    if (a.dtype !== 'float32' || b.dtype !== 'float32' || !repeats || sizeA === 0 || sizeB === 0) return stock(params);
    const backend = params.backend as BackendWasm;
    const y = backend.makeOutput(backend_util.assertAndGetBroadcastShape(a.shape, b.shape), 'float32');
    const { native, run } = host.accessTo(backend);
    run(kernel, [a, b], [y], ([pa, pb, py]) => {
      native.binary(operation, pa!, sizeA, pb!, sizeB, py!, Math.max(sizeA, sizeB));
    });
    return y;
  };
}

/** Whether `short`, without leading ones, is the end of `long`. */
export function isSuffix(short: number[], long: number[]): boolean {
  let first = 0;
  while (short[first] === 1) first++;
  const end = short.slice(first);
  return end.length <= long.length && end.every((size, i) => size === long[long.length - end.length + i]);
}
