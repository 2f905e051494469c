/**
 * What stays behind after many calls of the op.
 */
import { fill, grad, grads, memory, randomNormal, scalar } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { ctu } from '../ctu.js';
import { checkWhole } from './conformanceCases.js';

/** What tfjs holds, and what a backend adds of its own. */
export interface Holdings {
  numTensors: number;
  numDataBuffers: number;
  numBytes: number;
  more: unknown;
}

/**
 * Counts what is held before and after `calls` rounds of the op, of all its gradients and of that in x alone.
 *
 * @param more What to count beside tensors, as the memory of a backend.
 * @throws RangeError where `calls` is no whole number from 0 on.
 * @throws TypeError where `more` is no function.
 */
export function holdings(calls: number, more: () => unknown = () => undefined): { before: Holdings; after: Holdings } {
  checkWhole('holdings', { calls });
  if (typeof more !== 'function') throw new TypeError(`holdings: more must be a function, got ${typeof more}`);
  const inputs = [randomNormal([64, 70]), fill([70], 0.5), scalar(0.5)] as const;
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      ctu(...inputs).dispose();
      grads((...[x, beta, coeff]: Tensor[]) => ctu(x!, beta!, coeff))([...inputs]).forEach((g) => g.dispose());
      grad((x) => ctu(x, inputs[1], inputs[2]))(inputs[0]).dispose();
    }
  };
  const count = (): Holdings => {
    const { numTensors, numDataBuffers, numBytes } = memory();
    return { numTensors, numDataBuffers, numBytes, more: more() };
  };
  // Kernels are compiled, and take what they keep, at first use.
  rounds(1);
  const before = count();
  rounds(calls);
  const after = count();
  inputs.forEach((t) => t.dispose());
  return { before, after };
}
