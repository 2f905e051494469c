/**
 * A factor for each channel, learnt, as ConvNeXt puts it behind each of its branches.
 */

import type { Entries } from '@curvature-tuning/checks';
import { check, filledText, objectWith, real } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import { mul, serialization } from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { initializers, layers } from '@tensorflow/tfjs-layers';

/** What a layer of this kind is made from. */
export interface LayerScaleArgs {
  /** What all factors are at first. Default 1e-6. */
  initialScale?: number;
  /** The name of the layer. */
  name?: string;
}

/** Of a layer that is loaded, its whole configuration. */
export const layerScaleArguments: Entries<{ args: LayerScaleArgs }> = {
  args: objectWith<LayerScaleArgs>({ initialScale: real(), name: filledText }),
};

/**
 * Multiplies every channel by a weight of its own.
 *
 *     y = layer_scale x
 *
 * Shapes: `[batch, ..., channels]` to the same; the weight `layer_scale` has `[channels]`, in PyTorch
 * `[channels, 1, 1]`.
 *
 * Source: Touvron et al., "Going deeper with Image Transformers" (2021), section 2.
 */
export class LayerScale extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'LayerScale';
  /** What copies a model need not run this layer to compare it with its copy. */
  static readonly configIsComplete: boolean = true;
  private readonly initialScale: number;
  private scale?: LayerVariable;

  constructor(args: LayerScaleArgs = {}) {
    check('layerScale', layerScaleArguments, { args });
    super(args);
    this.initialScale = args.initialScale ?? 1e-6;
  }

  override build(inputShape: Shape): void {
    const initial = initializers.constant({ value: this.initialScale });
    this.scale = this.addWeight('layer_scale', [inputShape.at(-1) as number], 'float32', initial);
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape): Shape {
    return inputShape;
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return mul(Array.isArray(inputs) ? inputs[0]! : inputs, this.scale!.read());
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), initialScale: this.initialScale };
  }
}

/**
 * Makes a layer of factors.
 *
 * @throws RangeError unless `initialScale` is finite.
 */
export function layerScale(args: LayerScaleArgs = {}): LayerScale {
  serialization.registerClass(LayerScale);
  return new LayerScale(args);
}
