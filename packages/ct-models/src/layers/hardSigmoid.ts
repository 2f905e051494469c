/**
 * PyTorch's hard sigmoid, which is not the one of tfjs: that is clip(x / 5 + 1 / 2).
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, filledText, objectWith } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, clipByValue, mul, serialization, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';

/** Its name, if it has one. */
export interface HardSigmoidArgs {
  /** The name of the layer. */
  name?: string;
}

/** Of a layer that is loaded, its whole configuration. */
export const hardSigmoidArguments: Entries<{ args: HardSigmoidArgs }> = {
  args: objectWith<HardSigmoidArgs>({ name: filledText }),
};

/**
 * A gate between 0 and 1.
 *
 *     y = relu6(x + 3) / 6 = min(max(x + 3, 0), 6) / 6
 *
 * Shapes: any to the same. As a layer of its own it is no activation to surgery, which a ReLU would be: what it opens
 * and shuts must stay in [0, 1].
 */
export class HardSigmoid extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'HardSigmoid';

  constructor(args: HardSigmoidArgs = {}) {
    check('hardSigmoid', hardSigmoidArguments, { args });
    super(args);
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => mul(clipByValue(add(Array.isArray(inputs) ? inputs[0]! : inputs, 3), 0, 6), 1 / 6));
  }
}

/**
 * Makes a layer that is PyTorch's hard sigmoid.
 *
 * @throws TypeError for arguments that are not as stated.
 */
export function hardSigmoid(args: HardSigmoidArgs = {}): HardSigmoid {
  serialization.registerClass(HardSigmoid);
  return new HardSigmoid(args);
}
