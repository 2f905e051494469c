/**
 * What becomes of the pixels of an image before a model sees them: the record that a model or an adapter carries, as
 * timm's data config or the `meta` and transforms of torchvision's weights do.
 */
import { check, count, checkValue, listOf, oneOf, options, real, satisfying, show } from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import type { Pixels } from './example.js';
import { pixelsSchema } from './example.js';
import { normalize } from './normalize.js';
import type { Normalization } from './normalize.js';

/**
 * How an image is brought to what a model takes. JSON; what is left out has its default.
 *
 *     value = (low + (high - low)·byte / 255 - mean) / std,  range [low, high]
 */
export interface Preprocessing {
  /** `[height, width, channels]` of an image as the model takes it. */
  readonly inputSize: readonly [height: number, width: number, channels: number];
  /** What black and white are before mean and std: `[0, 1]`, the default, `[-1, 1]`, `[0, 255]`. */
  readonly range?: readonly [low: number, high: number] | undefined;
  /** In units of `range`, one for each channel of the model or one for all. Default 0. */
  readonly mean?: readonly number[] | undefined;
  /** Likewise. Default 1. */
  readonly std?: readonly number[] | undefined;
  /** The order in which the model takes three channels. Default `'rgb'`. */
  readonly channelOrder?: 'rgb' | 'bgr' | undefined;
  /** The filter that images are scaled with. Default `'bilinear'`. */
  readonly interpolation?: 'bilinear' | 'bicubic' | undefined;
  /**
   * `'center'`, the default, keeps the proportions and crops about the centre; `'squash'` scales to the size whatever
   * they are.
   */
  readonly cropMode?: 'center' | 'squash' | undefined;
  /** Of `'center'`: the size over that to which an image is scaled before the crop, in (0, 1]. Default 1. */
  readonly cropPct?: number | undefined;
}

const fields: Schema<Preprocessing> = options<Preprocessing>(
  {
    inputSize: listOf(count, { min: 3, max: 3 }) as Schema<Preprocessing['inputSize']>,
    range: satisfying(
      listOf(real(), { min: 2, max: 2 }) as Schema<readonly [number, number]>,
      ([low, high]) => low < high,
      { expects: 'a range [low, high] with low < high' },
    ),
    mean: listOf(real(), { min: 1 }),
    std: listOf(real({ above: 0 }), { min: 1 }),
    channelOrder: oneOf('rgb', 'bgr'),
    interpolation: oneOf('bilinear', 'bicubic'),
    cropMode: oneOf('center', 'squash'),
    cropPct: real({ above: 0, max: 1 }),
  },
  ['inputSize'],
);

/** A {@link Preprocessing} whose fields agree. */
export const preprocessingSchema: Schema<Preprocessing> = satisfying(fields, (value) => faultOf(value) === undefined, {
  expects: 'a preprocessing whose fields agree',
  got: (value) => faultOf(value as Preprocessing) ?? show(value),
});

function faultOf(value: Preprocessing): string | undefined {
  const channels = (value as Partial<Preprocessing> | null)?.inputSize?.[2];
  if (channels === undefined) return undefined;
  for (const name of ['mean', 'std'] as const) {
    const numbers = value[name];
    if (Array.isArray(numbers) && numbers.length !== 1 && numbers.length !== channels)
      return `a ${name} of ${numbers.length} numbers for ${channels} channel(s)`;
  }
  return value.channelOrder === 'bgr' && channels !== 3 ? `channelOrder 'bgr' for ${channels} channel(s)` : undefined;
}

export const preprocessArguments: Entries<{ preprocessing: Preprocessing }> = { preprocessing: preprocessingSchema };

/** A function for `DataSet.map` that says what it makes of the pixels; the data set then says it too. */
export interface Preprocess {
  (pixels: Pixels): Pixels;
  readonly preprocessing: Preprocessing;
}

/**
 * A function for `DataSet.map` that gives a model its values: range, mean, std and order of the channels. Pixels are
 * bytes, or float32 in [0, 1], in the order of `rgb`, and have their size already: `resizeToCover` and `resample` of
 * `@curvature-tuning/datasets` bring them to it.
 *
 *     const photos = set.map(preprocess({ inputSize: [224, 224, 3], range: [-1, 1] }));
 *
 * Computed in float64 and rounded once.
 *
 * @throws TypeError or RangeError on what is no preprocessing; the function made, on pixels of another size, and on
 * int32 ones, whose range nobody knows.
 */
export function preprocess(preprocessing: Preprocessing): Preprocess {
  check('preprocess', preprocessArguments, { preprocessing });
  const { inputSize, channelOrder = 'rgb' } = preprocessing;
  const normalized = normalize(normalizationOf(preprocessing));
  const transform = (pixels: Pixels): Pixels => {
    checkValue('preprocess', 'pixels', pixelsSchema, pixels);
    const { values, shape } = pixels;
    if (shape.join() !== inputSize.join())
      throw new RangeError(
        `preprocess: pixels must be [${inputSize.join(', ')}], got [${shape.join(', ')}]; resize them first`,
      );
    if (values instanceof Int32Array)
      throw new TypeError('preprocess: pixels must be bytes or float32 in [0, 1], got int32; pass a Uint8Array');
    return normalized(channelOrder === 'rgb' ? pixels : { values: reversed(values), shape });
  };
  return Object.assign(transform, { preprocessing });
}

/**
 * What a preprocessing does to values, for pixels in [0, 1] in the order of channels that the model takes:
 *
 *     (low + (high - low)·x - mean) / std = (x - m) / s,   m = (mean - low) / (high - low),  s = std / (high - low)
 *
 * @returns One m and one s for each channel.
 * @throws TypeError or RangeError on what is no preprocessing.
 */
export function normalizationOf(preprocessing: Preprocessing): Normalization {
  check('normalizationOf', preprocessArguments, { preprocessing });
  const { inputSize, range: [low, high] = [0, 1] } = preprocessing;
  const each = (numbers: readonly number[] | undefined, byDefault: number): number[] =>
    Array.from({ length: inputSize[2] }, (_, channel) => numbers?.[channel % numbers.length] ?? byDefault);
  return {
    mean: each(preprocessing.mean, 0).map((mean) => (mean - low) / (high - low)),
    std: each(preprocessing.std, 1).map((std) => std / (high - low)),
  };
}

/** Three channels in the reverse order. */
function reversed<T extends Uint8Array | Float32Array>(values: T): T {
  const turned = values.slice();
  for (let i = 0; i < turned.length; i += 3) [turned[i], turned[i + 2]] = [values[i + 2]!, values[i]!];
  return turned as T;
}
