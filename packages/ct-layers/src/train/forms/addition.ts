/**
 * Sums of branches in training: the gradient of each is dy, and no branch is kept for it, as tfjs keeps them for their
 * shapes.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, clone, customGrad, util } from '@tensorflow/tfjs-core';
import { isRecording } from '../../host/recording.js';
import type { Form } from './form.js';

/** `Add`. */
export const addition: Form = (_, stock) => (inputs, kwargs) => {
  const branches = inputs as Tensor[];
  const alike = branches.every(({ shape }) => util.arraysEqual(shape, branches[0]!.shape));
  if (!isRecording() || !alike) return stock(inputs, kwargs);
  return customGrad((...args) => {
    const [first, ...others] = args.slice(0, branches.length) as [Tensor, ...Tensor[]];
    return {
      value: others.reduce((sum, branch) => add(sum, branch), first),
      // A tensor for each: tfjs disposes of a gradient when it adds another to it.
      gradFunc: (dy: Tensor) => branches.map(() => clone(dy)),
    };
  })(...branches);
};
