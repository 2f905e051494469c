/**
 * Normalisation of pixels inside a network, so that attacks and their radii are in pixels.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, filledText, listOf, objectWith, real, satisfying } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import { div, serialization, sub, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';

/** What is subtracted, and what it is then divided by: numbers by channel, as many of each. */
export interface StandardizeArgs {
  mean: readonly number[];
  /** Above 0. */
  std: readonly number[];
  /** The name of the layer. */
  name?: string;
}

/** Of a layer that is loaded, its whole configuration. */
export const standardizeArguments: Entries<{ args: StandardizeArgs }> = {
  args: satisfying(
    objectWith<StandardizeArgs>(
      { mean: listOf(real(), { min: 1 }), std: listOf(real({ above: 0 }), { min: 1 }), name: filledText },
      ['mean', 'std'],
    ),
    ({ mean, std }) => mean.length === std.length,
    { expects: 'as many means as deviations, one for each channel' },
  ),
};

/**
 * Standardises channels by fixed numbers, which are no weights.
 *
 *     y = (x - mean) / std
 *
 * Shapes: `[..., channels]` to the same.
 */
export class Standardize extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'Standardize';
  private readonly mean: readonly number[];
  private readonly std: readonly number[];

  constructor(args: StandardizeArgs) {
    check('standardize', standardizeArguments, { args });
    super(args);
    this.mean = args.mean;
    this.std = args.std;
    this.inputSpec = [{ minNDim: 2, axes: { [-1]: args.mean.length } }];
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      return div(sub(x, tensor1d([...this.mean])), tensor1d([...this.std]));
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), mean: [...this.mean], std: [...this.std] };
  }
}

/**
 * Makes a layer that standardises channels.
 *
 * @throws TypeError or RangeError unless there are as many means as deviations, and these are above 0.
 */
export function standardize(args: StandardizeArgs): Standardize {
  serialization.registerClass(Standardize);
  return new Standardize(args);
}
