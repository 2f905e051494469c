/**
 * How far sums over many elements are from the truth: dbeta and dcoeff where one pair of parameters serves all of x.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { grads, scalar, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { ctu } from '../ctu.js';
import { phiDbeta, phiDcoeff } from '../math.js';
import type { ConformanceError } from './measureConformance.js';
import { checkWhole } from './conformanceCases.js';

/** Parameters at which all terms of a sum have the same sign. */
const PARAMETERS = [
  [0.6, 0],
  [0.3, 0.5],
] as const;

/**
 * Sums `repeats` times the same 1,000 elements, and returns the errors |got / exact − 1|.
 *
 * @throws RangeError where `repeats` is no whole number from 0 on.
 */
export function measureSums(repeats = 10_000): ConformanceError[] {
  checkWhole('measureSums', { repeats });
  const pattern = Float32Array.from({ length: 1000 }, (_, i) => 4 * Math.sin(i));
  const values = new Float32Array(pattern.length * repeats);
  for (let k = 0; k < repeats; k++) values.set(pattern, k * pattern.length);
  return PARAMETERS.flatMap(([beta, coeff]) => {
    const [b, c] = [Math.fround(beta), Math.fround(coeff)];
    const exact = [phiDbeta, phiDcoeff].map((f) => repeats * pattern.reduce((sum, x) => sum + f(x, b, c), 0));
    const sums = tidy(() => {
      const gradients = grads((...[x, beta, coeff]: Tensor[]) => ctu(x!, beta!, coeff));
      const [, dbeta, dcoeff] = gradients([tensor1d(values), scalar(beta), scalar(coeff)]);
      return [dbeta!.dataSync()[0]!, dcoeff!.dataSync()[0]!];
    });
    return (['dbeta', 'dcoeff'] as const).map((quantity, k) => ({
      quantity,
      error: Math.abs(sums[k]! / exact[k]! - 1),
    }));
  });
}
