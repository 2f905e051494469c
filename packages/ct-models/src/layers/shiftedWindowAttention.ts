/**
 * The attention of Swin transformers between the places of a window. The projections before it and behind it are layers
 * of their own, so that whatever changes linear layers, changes them.
 */

import type { Entries, Schema } from '@curvature-tuning/checks';
import {
  anyOf,
  check,
  count,
  filledText,
  nothing,
  objectWith,
  satisfying,
  seed,
  whole,
} from '@curvature-tuning/checks';
import type { Rank, Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import {
  add,
  customGrad,
  gather,
  matMul,
  mul,
  reshape,
  serialization,
  slice,
  softmax,
  tensor,
  tensor1d,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import { initializers, layers } from '@tensorflow/tfjs-layers';
import type { WindowGrid } from './windows.js';
import { inverseOrder, relativePositions, windowCount, windowMask, windowOrder } from './windows.js';

/** What a layer of this kind is made from. */
export interface ShiftedWindowAttentionArgs {
  /** The number of heads, which divides the channels. */
  heads: number;
  /** The side of a window, which divides height and width. */
  windowSize: number;
  /** By how much windows are shifted, less than `windowSize`; along a side of one window they are not. Default 0. */
  shift?: number;
  /** Makes the first values of the table reproducible. Default: they are not. */
  seed?: number | null;
  /** The name of the layer. */
  name?: string;
}

/** Of a layer that is loaded, its whole configuration. */
export const shiftedWindowAttentionArguments: Entries<{ args: ShiftedWindowAttentionArgs }> = {
  args: satisfying(
    objectWith<ShiftedWindowAttentionArgs>(
      {
        heads: count,
        windowSize: count,
        shift: whole({ min: 0 }),
        seed: anyOf<readonly [Schema<number>, Schema<null>]>(seed, nothing),
        name: filledText,
      },
      ['heads', 'windowSize'],
    ),
    ({ shift = 0, windowSize }) => shift < windowSize,
    { expects: 'windows with shift less than windowSize' },
  ),
};

/**
 * Attends from every place of a window to all places of it, in several heads.
 *
 *     y = softmax(q k' / sqrt(d) + bias + mask) v
 *
 * with q, k and v of d channels a head, a learnt bias for every relative position, and a mask between places of a
 * shifted window that are no neighbours in the image.
 *
 * Shapes: `[batch, height, width, 3 channels]`, which are q, k and v of all heads, to
 * `[batch, height, width, channels]`; the weight `relative_position_bias_table` has `[(2 windowSize - 1)², heads]`.
 *
 * Source: Liu et al., "Swin Transformer" (2021), section 3.2, as torchvision's `ShiftedWindowAttention`, without its
 * `qkv`, its `proj` and its padding.
 */
export class ShiftedWindowAttention extends layers.Layer {
  /** @nocollapse */
  static readonly className: string = 'ShiftedWindowAttention';
  /** What copies a model need not run this layer to compare it with its copy. */
  static readonly configIsComplete: boolean = true;
  private readonly heads: number;
  private readonly windowSize: number;
  private readonly shift: number;
  private readonly seed: number | null;
  private table?: LayerVariable;
  private plan?: Plan;

  constructor(args: ShiftedWindowAttentionArgs) {
    check('shiftedWindowAttention', shiftedWindowAttentionArguments, { args });
    super(args);
    this.heads = args.heads;
    this.windowSize = args.windowSize;
    this.shift = args.shift ?? 0;
    this.seed = args.seed ?? null;
    this.inputSpec = [{ ndim: 4 }];
  }

  override build(inputShape: Shape): void {
    const [, height, width, channels] = inputShape;
    const { heads, windowSize } = this;
    const isWhole = (n: number | null | undefined, by: number): boolean => typeof n === 'number' && n % by === 0;
    if (!isWhole(height, windowSize) || !isWhole(width, windowSize) || !isWhole(channels, 3 * heads))
      throw new RangeError(
        `shiftedWindowAttention: "${this.name}" must get [batch, height, width, 3 channels] with sides that ` +
          `windows of ${windowSize} divide and channels that ${heads} heads divide, got [${inputShape.join(', ')}]; ` +
          'pad the sides, and give the model a full input shape',
      );
    const shape = [(2 * windowSize - 1) ** 2, heads];
    const initial = initializers.truncatedNormal({ stddev: 0.02, ...(this.seed !== null && { seed: this.seed }) });
    this.table = this.addWeight('relative_position_bias_table', shape, 'float32', initial);
    this.plan = planOf(windowSize, this.shift, [height as number, width as number]);
    this.built = true;
  }

  override computeOutputShape(inputShape: Shape): Shape {
    const channels = inputShape.at(-1) ?? null;
    return [...inputShape.slice(0, -1), channels === null ? null : channels / 3];
  }

  override call(inputs: Tensor | Tensor[]): Tensor {
    return tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0]! : inputs) as Tensor4D;
      const [batch, height, width, channels] = x.shape;
      const [places, depth] = [this.windowSize ** 2, channels / 3 / this.heads];
      const count = batch * this.plan!.windows;
      // q, k and v apart, then the heads of each: two transpositions that backends are quick at, in place of one.
      const parts = transpose(reshape(this.byWindows(x), [count * places, 3, channels / 3]), [1, 0, 2]);
      const heads = swapped(parts, [3 * count, places, this.heads, depth]);
      const [q, k, v] = [0, 1, 2].map((part): Tensor4D => slice(heads, [part * count], [count])) as [
        Tensor4D,
        Tensor4D,
        Tensor4D,
      ];
      const scores = matMul(mul(q, depth ** -0.5), k, false, true);
      const y = swapped(matMul(softmax(this.biased(scores, batch)), v), [count, this.heads, places, depth]);
      return this.asImages(y, [batch, height, width, channels / 3]);
    });
  }

  /** The values of images, window by window. */
  private byWindows(x: Tensor4D): Tensor {
    const [batch, height, width, channels] = x.shape;
    const { rolled } = this.plan!;
    const { windowSize: size } = this;
    return rolled === undefined
      ? swapped(x, [(batch * height) / size, size, width / size, size * channels])
      : reordered(reshape(x, [batch, height * width, channels]), rolled.order, rolled.inverse);
  }

  /** The way back. */
  private asImages(y: Tensor, shape: readonly [number, number, number, number]): Tensor {
    const [batch, height, width, channels] = shape;
    const { rolled } = this.plan!;
    const { windowSize: size } = this;
    const x =
      rolled === undefined
        ? swapped(y, [(batch * height) / size, width / size, size, size * channels])
        : reordered(reshape(y, [batch, height * width, channels]), rolled.inverse, rolled.order);
    return reshape(x, [...shape]);
  }

  /** Adds bias and mask to scores `[batch * windows, heads, places, places]`. */
  private biased(scores: Tensor, batch: number): Tensor {
    const { positions, mask, windows } = this.plan!;
    const { heads } = this;
    const places = this.windowSize ** 2;
    const rows = gather(this.table!.read() as Tensor2D, tensor1d(positions, 'int32'));
    const bias = transpose(reshape(rows, [places, places, heads]), [2, 0, 1]);
    if (mask === undefined) return add(scores, bias);
    const both = add(tensor(mask, [windows, 1, places, places]), bias);
    // Of one axis and the batch's, so that the sum repeats whole blocks.
    const flat = add(reshape(scores, [batch, both.size]), reshape(both, [both.size]));
    return reshape(flat, scores.shape);
  }

  override getConfig(): serialization.ConfigDict {
    const { heads, windowSize, shift, seed: own } = this;
    return { ...super.getConfig(), heads, windowSize, shift, seed: own };
  }
}

/** Where the windows lie in the images that a layer gets. */
interface Plan {
  readonly windows: number;
  /** Of shifted windows: which place comes where, and back. */
  readonly rolled: { readonly order: Int32Array; readonly inverse: Int32Array } | undefined;
  readonly positions: Int32Array;
  readonly mask: Float32Array | undefined;
}

function planOf(size: number, shift: number, [height, width]: readonly [number, number]): Plan {
  // Along a side of one window there is nothing to shift it into.
  const along = (length: number): number => (length > size ? shift : 0);
  const grid: WindowGrid = { height, width, size, shift: [along(height), along(width)] };
  const order = windowOrder(grid);
  const isRolled = grid.shift.some((by) => by > 0);
  return {
    windows: windowCount(grid),
    rolled: isRolled ? { order, inverse: inverseOrder(order) } : undefined,
    positions: relativePositions(size),
    mask: windowMask(grid),
  };
}

/** Seen as of four axes, the two in the middle change places. */
function swapped(x: Tensor, shape: [number, number, number, number]): Tensor4D {
  return transpose(reshape<Rank.R4>(x, shape), [0, 2, 1, 3]);
}

/** Puts the rows of axis 1 in another order; the gradient, in that which undoes it, adds nothing up. */
function reordered(x: Tensor3D, order: Int32Array, inverse: Int32Array): Tensor3D {
  return customGrad((input) => ({
    value: gather(input as Tensor3D, tensor1d(order, 'int32'), 1),
    gradFunc: (dy: Tensor) => gather(dy, tensor1d(inverse, 'int32'), 1),
  }))(x) as Tensor3D;
}

/**
 * Makes a layer of attention in shifted windows.
 *
 * @throws RangeError unless `heads` and `windowSize` are positive integers and `0 <= shift < windowSize`; when the
 * layer is applied, unless windows divide the sides and heads the channels.
 */
export function shiftedWindowAttention(args: ShiftedWindowAttentionArgs): ShiftedWindowAttention {
  serialization.registerClass(ShiftedWindowAttention);
  return new ShiftedWindowAttention(args);
}
