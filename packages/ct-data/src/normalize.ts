/**
 * From bytes to normalised values, channel by channel.
 */
import { check, checkValue, listOf, objectWith, real } from '@curvature-tuning/checks';
import type { Entries, Schema } from '@curvature-tuning/checks';
import { pixelsSchema } from './example.js';
import type { Pixels } from './example.js';

/** Mean and standard deviation of each channel, of pixels in [0, 1]. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** A whole data set may stand for its mean and std. */
export const normalizationSchema: Schema<Partial<Normalization>> = objectWith<Partial<Normalization>>({
  mean: listOf(real()),
  std: listOf(real({ above: 0 }, { cure: 'a channel that never varies cannot be normalised' })),
});

export const normalizeArguments: Entries<{ normalization: Partial<Normalization> }> = {
  normalization: normalizationSchema,
};

/**
 * A function for `DataSet.map` that gives pixels as float32 `(x / 255 - mean) / std` of bytes, `(x - mean) / std` of
 * other numbers, per channel, the last axis: correctly rounded from float64. Without `mean` it is 0, without `std` 1.
 *
 * @throws TypeError or RangeError for a mean or std that is not finite or a `std` that is not positive; the function
 * made throws a RangeError where they do not have one number for each channel.
 */
export function normalize(normalization: Partial<Normalization>): (pixels: Pixels) => Pixels {
  check('normalize', normalizeArguments, { normalization });
  const tables = new Map<number, Float32Array>();
  return (pixels) => {
    checkValue('normalize', 'pixels', pixelsSchema, pixels);
    const { values, shape } = pixels;
    const channels = shape.at(-1) ?? 1;
    const { mean = Array<number>(channels).fill(0), std = Array<number>(channels).fill(1) } = normalization;
    for (const [name, numbers] of Object.entries({ mean, std })) {
      if (numbers.length !== channels)
        throw new RangeError(
          `normalize: ${name} must be one number for each of the ${channels} channel(s), got [${numbers.join(', ')}]`,
        );
    }
    if (!(values instanceof Uint8Array))
      return { values: Float32Array.from(values, (x, i) => (x - mean[i % channels]!) / std[i % channels]!), shape };
    let table = tables.get(channels);
    if (table === undefined) tables.set(channels, (table = tableOf(mean, std)));
    const normalized = new Float32Array(values.length);
    for (let i = 0; i < values.length; i++) normalized[i] = table[(i % channels) * 256 + values[i]!]!;
    return { values: normalized, shape };
  };
}

/** The normalised value of each byte in each channel: `table[channel * 256 + byte]`. */
function tableOf(mean: readonly number[], std: readonly number[]): Float32Array {
  return Float32Array.from({ length: mean.length * 256 }, (_, i) => {
    const channel = i >> 8;
    return ((i & 255) / 255 - mean[channel]!) / std[channel]!;
  });
}
