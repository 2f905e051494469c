/**
 * Padding that a max-pool ignores, as a layer: what takes the place of zero padding, see paddedPool.ts.
 */
import type { Entries, Schema } from '@curvature-tuning/checks';
import { anyOf, check, filledText, flag, listOf, objectWith, oneOf, whole } from '@curvature-tuning/checks';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import { pad, serialization, tidy } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

/** The lowest finite float32. Unlike −infinity no backend's uniform can spoil it. */
export const LOWEST = -3.4028234663852886e38;

/** The arguments of `ZeroPadding2D`. */
export type LowestPadding2DArgs = NonNullable<Parameters<typeof layers.zeroPadding2d>[0]>;

const side = whole({ min: 0 });
const PAIR = { min: 2, max: 2 };

/** Of a layer that is copied or loaded, its whole configuration. */
export const lowestPadding2dArguments: Entries<{
  options: Pick<LowestPadding2DArgs, 'padding' | 'dataFormat' | 'name' | 'trainable'>;
}> = {
  options: objectWith<Pick<LowestPadding2DArgs, 'padding' | 'dataFormat' | 'name' | 'trainable'>>({
    padding: anyOf(side, listOf(side, PAIR), listOf(listOf(side, PAIR), PAIR)) as Schema<never>,
    dataFormat: oneOf('channelsFirst', 'channelsLast'),
    name: filledText,
    trainable: flag,
  }),
};

type PaddingFields = { padding: [[number, number], [number, number]]; dataFormat: string };

/**
 * `ZeroPadding2D` with the lowest float32 in place of zero: what a max-pool ignores. Its class name in saved models is
 * `LowestPadding2D`.
 */
export class LowestPadding2D extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'LowestPadding2D';
  /** Copies need not be compared with the original. */
  static readonly configIsComplete: boolean = true;
  private readonly stock: layers.Layer & PaddingFields;

  constructor(args: LowestPadding2DArgs) {
    check('LowestPadding2D', lowestPadding2dArguments, { options: args });
    super(args);
    // Parses, and states, the arguments; a name of its own, so that the numbering of the user's layers stays as it is.
    this.stock = layers.zeroPadding2d({ ...args, name: `${this.name}_parser` });
    this.inputSpec = this.stock.inputSpec;
  }

  override computeOutputShape(
    inputShape: Parameters<layers.Layer['computeOutputShape']>[0],
  ): ReturnType<layers.Layer['computeOutputShape']> {
    return this.stock.computeOutputShape(inputShape);
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    const {
      padding: [rows, columns],
      dataFormat,
    } = this.stock;
    const x = (Array.isArray(inputs) ? inputs[0] : inputs) as Tensor4D;
    return tidy(() =>
      pad(
        x,
        dataFormat === 'channelsFirst' ? [[0, 0], [0, 0], rows, columns] : [[0, 0], rows, columns, [0, 0]],
        LOWEST,
      ),
    );
  }

  override getConfig(): serialization.ConfigDict {
    return { ...super.getConfig(), padding: this.stock.padding, dataFormat: this.stock.dataFormat };
  }
}

serialization.registerClass(LowestPadding2D);
