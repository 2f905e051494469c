/**
 * What the registered kernels make of tensors without elements, which `ctu` does not hand to them all.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { engine, tidy, zeros } from '@tensorflow/tfjs-core';
import { CTU, CTU_GRAD } from '../kernels/kernel.js';

/** Shapes of y and dx, and the values of dbeta and dcoeff. */
export interface EmptyResults {
  y: number[];
  dx: number[];
  dbeta: number[];
  dcoeff: number[];
}

const SHAPES: readonly (readonly [shape: number[], suffix: number[]])[] = [
  [[0, 3], [3]],
  [[3, 0], [0]],
  [[0], []],
];

/** Runs the fused kernels of the current backend: what they give, and what they should. Sums of nothing are zeros. */
export function withoutElements(): { got: EmptyResults; expected: EmptyResults }[] {
  return SHAPES.map(([shape, suffix]) =>
    tidy(() => {
      const inputs = { dy: zeros(shape), x: zeros(shape), beta: zeros(suffix), coeff: zeros(suffix) };
      const y = engine().runKernel<Tensor>(CTU, inputs);
      const [dx, dbeta, dcoeff] = engine().runKernel<Tensor[]>(CTU_GRAD, inputs, { wrt: 'all' });
      const [b, c] = [[...dbeta!.dataSync()], [...dcoeff!.dataSync()]];
      const sums = Array<number>(inputs.beta.size).fill(0);
      return {
        got: { y: y.shape, dx: dx!.shape, dbeta: b, dcoeff: c },
        expected: { y: shape, dx: shape, dbeta: sums, dcoeff: sums },
      };
    }),
  );
}
