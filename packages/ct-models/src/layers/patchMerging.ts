/**
 * Patch merging of Swin transformers: every two by two neighbours become one place with four times the channels.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, filledText, objectWith } from '@curvature-tuning/checks';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { pad, reshape, serialization, tidy, transpose } from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';

/** What a layer of this kind is made from. */
export interface PatchMergingArgs {
  /** The name of the layer. */
  name?: string;
}

/** Of a layer that is loaded, its whole configuration. */
export const patchMergingArguments: Entries<{ args: PatchMergingArgs }> = {
  args: objectWith<PatchMergingArgs>({ name: filledText }),
};

/**
 * Puts neighbours side by side, in PyTorch's order: the place itself, the one below, the one to the right, and the one
 * below that.
 *
 *     y[i, j] = x[2i, 2j], x[2i + 1, 2j], x[2i, 2j + 1], x[2i + 1, 2j + 1]
 *
 * Shapes: `[batch, height, width, channels]` to `[batch, ceil(height / 2), ceil(width / 2), 4 channels]`; odd sides are
 * padded by a row below and a column on the right of zeros.
 *
 * Source: Liu et al., "Swin Transformer" (2021), section 3.1, in the order of torchvision's weights.
 */
export class PatchMerging extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'PatchMerging';
  /** What copies a model need not run this layer to compare it with its copy. */
  static readonly configIsComplete: boolean = true;

  constructor(args: PatchMergingArgs = {}) {
    check('patchMerging', patchMergingArguments, { args });
    super(args);
    this.inputSpec = [{ ndim: 4 }];
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const [batch = null, height = null, width = null, channels = null] = inputShape;
    const half = (n: number | null): number | null => (n === null ? null : Math.ceil(n / 2));
    return [batch, half(height), half(width), channels === null ? null : 4 * channels];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = even((Array.isArray(inputs) ? inputs[0]! : inputs) as Tensor4D);
      const [batch, height, width, channels] = x.shape;
      const pairs = reshape(x, [(batch * height) / 2, 2, width / 2, 2, channels]);
      // Down before right: [row, column, right, down, channel].
      return reshape(transpose(pairs, [0, 2, 3, 1, 4]), [batch, height / 2, width / 2, 4 * channels]);
    });
  }
}

function even(x: Tensor4D): Tensor4D {
  const [, height, width] = x.shape;
  const [below, right] = [height % 2, width % 2];
  if (below === 0 && right === 0) return x;
  return pad(x, [
    [0, 0],
    [0, below],
    [0, right],
    [0, 0],
  ]);
}

/** Makes a layer that merges patches. */
export function patchMerging(args: PatchMergingArgs = {}): PatchMerging {
  serialization.registerClass(PatchMerging);
  return new PatchMerging(args);
}
