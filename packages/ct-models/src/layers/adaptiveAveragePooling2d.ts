/**
 * Average pooling to a size that is given, as PyTorch's `AdaptiveAvgPool2d`: what lets a VGG take images of any size.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, count, filledText, objectWith } from '@curvature-tuning/checks';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { avgPool, matMul, reshape, serialization, tensor2d, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';

/** The size that is pooled to. */
export interface AdaptiveAveragePooling2DArgs {
  /** Rows and columns of the output. */
  outputSize: number;
  /** The name of the layer. */
  name?: string;
}

/** Of a layer that is loaded, its whole configuration. */
export const adaptiveAveragePooling2dArguments: Entries<{ args: AdaptiveAveragePooling2DArgs }> = {
  args: objectWith<AdaptiveAveragePooling2DArgs>({ outputSize: count, name: filledText }, ['outputSize']),
};

/**
 * Averages over windows that cover the image evenly, and overlap or repeat where they must.
 *
 *     y[i, j] = mean of x[a, b] over floor(i h / n) <= a < ceil((i + 1) h / n), and b likewise
 *
 * Shapes: `[batch, height, width, channels]` to `[batch, n, n, channels]`, n the `outputSize`. Multiples of n are
 * pooled by tfjs, other sizes by two matrix products.
 */
export class AdaptiveAveragePooling2D extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'AdaptiveAveragePooling2D';
  private readonly outputSize: number;

  constructor(args: AdaptiveAveragePooling2DArgs) {
    check('adaptiveAveragePooling2d', adaptiveAveragePooling2dArguments, { args });
    super(args);
    this.outputSize = args.outputSize;
    this.inputSpec = [{ ndim: 4 }];
  }

  override computeOutputShape([batch = null, , , channels = null]: Shape): Shape {
    return [batch, this.outputSize, this.outputSize, channels];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor4D;
      const [, height, width] = x.shape;
      const n = this.outputSize;
      if (height === n && width === n) return x.clone();
      if (height % n === 0 && width % n === 0) {
        const window: [number, number] = [height / n, width / n];
        return avgPool(x, window, window, 'valid');
      }
      return alongRows(alongRows(x, n), n);
    });
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), outputSize: this.outputSize };
  }
}

/** Pools along height and turns the image, `[batch, width, n, channels]`: twice, and both sides are pooled. */
function alongRows(x: Tensor4D, n: number): Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const columns: Tensor2D = reshape(transpose(x, [0, 2, 3, 1]), [batch * width * channels, height]);
  const pooled: Tensor4D = reshape(matMul(columns, means(height, n)), [batch, width, channels, n]);
  return transpose(pooled, [0, 1, 3, 2]);
}

/** `[size, n]`: what each of `size` rows counts in each of the n means. */
function means(size: number, n: number): Tensor2D {
  const values = new Float32Array(size * n);
  for (let i = 0; i < n; i++) {
    const [first, end] = [Math.floor((i * size) / n), Math.ceil(((i + 1) * size) / n)];
    for (let a = first; a < end; a++) values[a * n + i] = 1 / (end - first);
  }
  return tensor2d(values, [size, n]);
}

/**
 * Makes a layer that pools averages to a given size.
 *
 * @throws RangeError unless `outputSize` is a whole number from 1.
 */
export function adaptiveAveragePooling2d(args: AdaptiveAveragePooling2DArgs): AdaptiveAveragePooling2D {
  serialization.registerClass(AdaptiveAveragePooling2D);
  return new AdaptiveAveragePooling2D(args);
}
