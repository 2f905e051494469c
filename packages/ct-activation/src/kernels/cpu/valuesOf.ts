import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import type { TensorInfo } from '@tensorflow/tfjs-core';

/** The numbers of a tensor. */
export function valuesOf(cpu: MathBackendCPU, t: TensorInfo): Float32Array {
  return cpu.data.get(t.dataId).values as Float32Array;
}
