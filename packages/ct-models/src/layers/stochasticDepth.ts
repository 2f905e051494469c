/**
 * Stochastic depth: in training a residual branch is left out of some examples of the batch.
 */

import type { Entries, Schema } from '@curvature-tuning/checks';
import { anyOf, check, filledText, nothing, objectWith, real, seed } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import { div, floor, mul, randomUniform, serialization, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';

/** What a layer of this kind is made from. */
export interface StochasticDepthArgs {
  /** The share of examples that are left out, in [0, 1). */
  rate: number;
  /** Makes what is drawn reproducible, every call something else. Default: it is not. */
  seed?: number | null;
  /** The name of the layer. */
  name?: string;
}

/** Of a layer that is loaded, its whole configuration. */
export const stochasticDepthArguments: Entries<{ args: StochasticDepthArgs }> = {
  args: objectWith<StochasticDepthArgs>(
    {
      rate: real({ min: 0, below: 1 }),
      seed: anyOf<readonly [Schema<number>, Schema<null>]>(seed, nothing),
      name: filledText,
    },
    ['rate'],
  ),
};

/**
 * Gives x as it is, and in training, for each example by itself, 0 or what keeps the mean as it was.
 *
 *     y = x b / (1 - rate),   b = 1 with probability 1 - rate, else 0
 *
 * Shapes: `[batch, ...]` to the same. As torchvision's `StochasticDepth(rate, "row")`.
 *
 * Source: Huang et al., "Deep Networks with Stochastic Depth" (2016), section 3.
 */
export class StochasticDepth extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'StochasticDepth';
  /** What copies a model need not run this layer to compare it with its copy. */
  static readonly configIsComplete: boolean = true;
  private readonly rate: number;
  private readonly seed: number | null;
  private nextSeed: number | null;

  constructor(args: StochasticDepthArgs) {
    check('stochasticDepth', stochasticDepthArguments, { args });
    super(args);
    this.rate = args.rate;
    this.seed = this.nextSeed = args.seed ?? null;
  }

  /** Takes the seed of the next call in training, from which those after it follow. */
  reseed(seed: number): void {
    this.nextSeed = seed;
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  override call(inputs: Tensor | Tensor[], { training }: { training?: boolean } = {}): Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    if (training !== true || this.rate === 0) return x.clone();
    return tidy(() => {
      const kept = 1 - this.rate;
      const shape = [x.shape[0], ...x.shape.slice(1).map(() => 1)];
      // u + kept, of u in [0, 1), reaches 1 with probability kept.
      const draws = floor(randomUniform(shape, kept, 1 + kept, 'float32', this.drawSeed()));
      return mul(x, div(draws, kept));
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), rate: this.rate, seed: this.seed };
  }

  private drawSeed(): number | undefined {
    if (this.nextSeed === null) return undefined;
    this.nextSeed += 1; // first: tfjs takes seed 0 for none
    return this.nextSeed;
  }
}

/**
 * Makes a layer of stochastic depth.
 *
 * @throws RangeError unless `rate` lies in [0, 1).
 */
export function stochasticDepth(args: StochasticDepthArgs): StochasticDepth {
  serialization.registerClass(StochasticDepth);
  return new StochasticDepth(args);
}
