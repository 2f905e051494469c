/**
 * `Adam` on the WebGL backend: a program for each of its outputs.
 */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { KernelFunc } from '@tensorflow/tfjs-core';
import type { AdamAttrs, AdamInputs } from '../adamKernel.js';
import { ADAM_NUMBERS } from '../adamKernel.js';
import { clearPadding, run, withPacked } from './packedProgram.js';

/** The kernel. */
export const adam: KernelFunc = ({ inputs, backend, attrs }) => {
  const webgl = backend as MathBackendWebGL;
  const { weights, gradient, first, second } = inputs as AdamInputs;
  const { scale, correction } = attrs as AdamAttrs;
  const { beta1, beta2, epsilon } = ADAM_NUMBERS;
  const shader = (result: string): { outputShape: number[]; userCode: string } => ({
    outputShape: weights.shape,
    userCode: `
      void main() {
        vec4 result = ${result};
        ${clearPadding(weights.shape)}
        setOutput(result);
      }`,
  });
  return withPacked(webgl, [gradient], ([G]) => {
    const g = 'getGAtOutCoords()';
    const moved = (of: string): string => `getMAtOutCoords() * decay + ${of} * taken`;
    const [m, v] = [
      run(webgl, shader(moved(g)), { M: first, G: G! }, { decay: beta1, taken: 1 - beta1 }),
      run(webgl, shader(moved(`${g} * ${g}`)), { M: second, G: G! }, { decay: beta2, taken: 1 - beta2 }),
    ] as const;
    const update = 'getWAtOutCoords() - scale * getMAtOutCoords() / (sqrt(getVAtOutCoords()) / correction + epsilon)';
    const w = run(webgl, shader(update), { W: weights, M: m, V: v }, { scale, correction, epsilon });
    return [w, m, v];
  });
};
