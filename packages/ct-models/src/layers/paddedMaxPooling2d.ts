/**
 * Max pooling with symmetric padding, as PyTorch's `MaxPool2d(padding)` does it. Stock tfjs-layers cannot say it:
 * `padding: 'same'` with stride 2 pads an even input at its end only, and zero padding before a `'valid'` pool lets
 * a zero win over negative activations, which a network has as soon as its ReLU is replaced by a smooth unit.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, count, filledText, objectWith, satisfying, whole } from '@curvature-tuning/checks';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { maxPool, pad, serialization, tidy } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';

/** Of a window, all three as one number for height and width alike. */
export interface PaddedMaxPooling2DArgs {
  /** The side of the window. */
  poolSize: number;
  /** The step between windows. */
  strides: number;
  /** Rows and columns added on every side, less than `poolSize`, so that no window sees padding alone. */
  padding: number;
  /** The name of the layer. */
  name?: string;
}

/** Of a layer that is loaded, its whole configuration. */
export const paddedMaxPooling2dArguments: Entries<{ args: PaddedMaxPooling2DArgs }> = {
  args: satisfying(
    objectWith<PaddedMaxPooling2DArgs>(
      { poolSize: count, strides: count, padding: whole({ min: 0 }), name: filledText },
      ['poolSize', 'strides', 'padding'],
    ),
    ({ padding, poolSize }) => padding < poolSize,
    { expects: 'a window with padding less than poolSize' },
  ),
};

// The lowest finite float32. It loses to every activation; unlike -Infinity no backend's uniform or half can spoil it.
const LOWEST = -3.4028234663852886e38;

/**
 * Takes the maximum over windows of an input padded with the lowest float32.
 *
 *     y[i, j] = max over 0 <= a, b < poolSize of x[strides i - padding + a, strides j - padding + b]
 *
 * Shapes: `[batch, height, width, channels]` to the same with `floor((n + 2 padding - poolSize) / strides) + 1`
 * for height and width. It pads and pools as two ops, since only they run on every backend (TensorFlow's native
 * kernel refuses a numeric pad).
 */
export class PaddedMaxPooling2D extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'PaddedMaxPooling2D';
  private readonly poolSize: number;
  private readonly strides: number;
  private readonly padding: number;

  constructor(args: PaddedMaxPooling2DArgs) {
    check('paddedMaxPooling2d', paddedMaxPooling2dArguments, { args });
    super(args);
    const { poolSize, strides, padding } = args;
    this.poolSize = poolSize;
    this.strides = strides;
    this.padding = padding;
    this.inputSpec = [{ ndim: 4 }];
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const [batch = null, height = null, width = null, channels = null] = inputShape;
    const steps = (n: number | null) =>
      n === null ? null : Math.floor((n + 2 * this.padding - this.poolSize) / this.strides) + 1;
    return [batch, steps(height), steps(width), channels];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor4D;
      const sides: [number, number] = [this.padding, this.padding];
      return maxPool(pad(x, [[0, 0], sides, sides, [0, 0]], LOWEST), this.poolSize, this.strides, 'valid');
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), poolSize: this.poolSize, strides: this.strides, padding: this.padding };
  }
}

/**
 * Makes a max pooling layer with PyTorch's padding.
 *
 * @throws RangeError unless `poolSize` and `strides` are positive integers and `0 <= padding < poolSize`.
 */
export function paddedMaxPooling2d(args: PaddedMaxPooling2DArgs): PaddedMaxPooling2D {
  serialization.registerClass(PaddedMaxPooling2D);
  return new PaddedMaxPooling2D(args);
}
