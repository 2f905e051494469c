/**
 * `Adam` on the WebGPU backend: a program for each of its outputs.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { AdamAttrs, AdamInputs } from '../adamKernel.js';
import { ADAM_NUMBERS } from '../adamKernel.js';
import { run, sizeOf } from './flatProgram.js';

/** The kernel. */
export const adam: KernelFunc = ({ inputs, backend, attrs }) => {
  const { weights, gradient, first, second } = inputs as AdamInputs;
  const { scale, correction } = attrs as AdamAttrs;
  const { beta1, beta2, epsilon } = ADAM_NUMBERS;
  const width = sizeOf(weights) % 4 === 0 ? 4 : 1;
  const size = sizeOf(weights) / width;
  const each = (
    name: string,
    infos: Record<string, TensorInfo>,
    floats: Record<string, number>,
    result: string,
  ): TensorInfo =>
    run(backend as WebGPUBackend, {
      name: `adam_${name}`,
      buffers: Object.fromEntries(Object.entries(infos).map(([of, info]) => [of, { info, width }])),
      width,
      threads: size,
      outputShape: weights.shape,
      integers: { size },
      floats,
      userCode: `
        fn main(index : i32) {
          if (index >= uniforms.size) { return; }
          setOutputAtIndex(index, ${result});
        }`,
    });
  const moved = (of: string): string => `M[index] * uniforms.decay + ${of} * uniforms.taken`;
  const [m, v] = [
    each('first', { M: first, G: gradient }, { decay: beta1, taken: 1 - beta1 }, moved('G[index]')),
    each('second', { M: second, G: gradient }, { decay: beta2, taken: 1 - beta2 }, moved('G[index] * G[index]')),
  ] as const;
  const update = 'W[index] - uniforms.scale * M[index] / (sqrt(V[index]) / uniforms.correction + uniforms.epsilon)';
  return [each('weights', { W: weights, M: m, V: v }, { scale, correction, epsilon }, update), m, v];
};
