/**
 * Layer normalisation over the last axis, as PyTorch's `LayerNorm(channels)` does it. tfjs's `layerNormalization` gives
 * the same values, but repeats mean, variance, scale and shift to the size of its input, and keeps all four for the
 * gradient.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, filledText, objectWith, real } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import { add, customGrad, mean, mul, rsqrt, serialization, square, sub, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { initializers, layers } from '@tensorflow/tfjs-layers';

/** What a layer of this kind is made from. */
export interface LastAxisNormalizationArgs {
  /** Added to the variance. Default 1e-5, PyTorch's. */
  epsilon?: number;
  /** The name of the layer. */
  name?: string;
}

/** Of a layer that is loaded, its whole configuration. */
export const lastAxisNormalizationArguments: Entries<{ args: LastAxisNormalizationArgs }> = {
  args: objectWith<LastAxisNormalizationArgs>({
    epsilon: real({ above: 0 }),
    name: filledText,
  }),
};

/**
 * Normalises every vector along the last axis, and scales and shifts it.
 *
 *     y = gamma (x - mean) / sqrt(variance + epsilon) + beta
 *
 * with the mean and the biased variance over the last axis. Shapes: `[batch, ..., channels]` to the same; weights
 * `gamma` and `beta` of `[channels]`, 1 and 0 at first.
 */
export class LastAxisNormalization extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'LastAxisNormalization';
  /** What copies a model need not run this layer to compare it with its copy. */
  static readonly configIsComplete: boolean = true;
  private readonly epsilon: number;
  private gamma?: LayerVariable;
  private beta?: LayerVariable;

  constructor(args: LastAxisNormalizationArgs = {}) {
    check('lastAxisNormalization', lastAxisNormalizationArguments, { args });
    super(args);
    this.epsilon = args.epsilon ?? 1e-5;
  }

  override build(inputShape: Shape): void {
    const channels = inputShape.at(-1) as number;
    this.gamma = this.addWeight('gamma', [channels], 'float32', initializers.ones());
    this.beta = this.addWeight('beta', [channels], 'float32', initializers.zeros());
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = Array.isArray(inputs) ? inputs[0]! : inputs;
      return add(mul(normalized(x, this.epsilon), this.gamma!.read()), this.beta!.read());
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), epsilon: this.epsilon };
  }
}

/**
 * (x - mean) / sqrt(variance + epsilon) over the last axis. With z for the result and s for the divisor
 *
 *     dx = (dz - mean(dz) - z mean(dz z)) / s
 *
 * so that z and 1 / s are all that is kept.
 */
function normalized(x: Tensor, epsilon: number): Tensor {
  return customGrad((input, save) => {
    const centred = sub(input as Tensor, mean(input as Tensor, -1, true));
    const scale = rsqrt(add(mean(square(centred), -1, true), epsilon));
    const z = mul(centred, scale);
    (save as (tensors: Tensor[]) => void)([z, scale]);
    return {
      value: z,
      gradFunc: (dz: Tensor, saved: Tensor[]) => {
        const [result, inverse] = saved as [Tensor, Tensor];
        const along = mul(result, mean(mul(dz, result), -1, true));
        return mul(sub(sub(dz, mean(dz, -1, true)), along), inverse);
      },
    };
  })(x);
}

/**
 * Makes a layer normalisation over the last axis.
 *
 * @throws RangeError unless `epsilon` is positive.
 */
export function lastAxisNormalization(args: LastAxisNormalizationArgs = {}): LastAxisNormalization {
  serialization.registerClass(LastAxisNormalization);
  return new LastAxisNormalization(args);
}
