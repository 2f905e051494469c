/**
 * Measures the mean and standard deviation with which a set of images is normalised.
 */
import { isDataSet } from '@curvature-tuning/data';
import type { DataSet, Normalization, Pixels } from '@curvature-tuning/data';
import { checkImageSet } from './imageSet.js';
import type { ImageSet } from './imageSet.js';

// Images of a data set that are read side by side.
const AT_ONCE = 32;

/**
 * Mean and standard deviation of each channel over all pixels of all images, of pixels in [0, 1].
 *
 * The deviation is that of the population, `sqrt(E[x^2] - E[x]^2)`. Meant for train images: what is learnt from a
 * test image, be it a mean, is no longer tested.
 *
 * @throws RangeError for a set without images, or of images that differ in their number of channels.
 */
export function channelStatistics(set: ImageSet): Normalization;
/** The same of a data set, whose images are read once, a few at a time; bytes count as `x / 255`. */
export function channelStatistics(set: DataSet): Promise<Normalization>;
export function channelStatistics(set: ImageSet | DataSet): Normalization | Promise<Normalization> {
  if (isDataSet(set)) return statisticsOf(set);
  checkImageSet(set, 'channelStatistics');
  const sums = new ChannelSums();
  if (set.labels.length > 0) sums.add({ values: set.images, shape: set.shape });
  return sums.statistics();
}

async function statisticsOf(set: DataSet): Promise<Normalization> {
  const sums = new ChannelSums();
  for (let start = 0; start < set.length; start += AT_ONCE) {
    const count = Math.min(AT_ONCE, set.length - start);
    const examples = await Promise.all(Array.from({ length: count }, (_, i) => set.example(start + i)));
    for (const { pixels } of examples) sums.add(pixels);
  }
  return sums.statistics();
}

/** Sums over pixels and their squares, a channel. Those of bytes are of whole numbers, and exact below 2^53. */
class ChannelSums {
  private sums: Float64Array | undefined;
  private squares = new Float64Array();
  private count = 0;
  private unit = 1;

  add({ values, shape }: Pixels): void {
    const channels = shape.at(-1) ?? 1;
    if (this.sums === undefined) {
      [this.sums, this.squares] = [new Float64Array(channels), new Float64Array(channels)];
      this.unit = values instanceof Uint8Array ? 255 : 1;
    }
    if (this.sums.length !== channels)
      throw new RangeError(
        `channelStatistics: images of ${this.sums.length} and of ${channels} channels have no common statistics; ` +
          'bring them to one number of channels',
      );
    for (let i = 0, channel = 0; i < values.length; i++, channel = channel + 1 === channels ? 0 : channel + 1) {
      const value = values[i]!;
      this.sums[channel]! += value;
      this.squares[channel]! += value * value;
    }
    this.count += values.length / channels;
  }

  statistics(): Normalization {
    const { sums, squares, count, unit } = this;
    if (sums === undefined) throw new RangeError('channelStatistics: the set holds no image');
    const mean = Array.from(sums, (sum) => sum / count / unit);
    // The difference of the exact squares cancels without harm.
    const std = Array.from(
      squares,
      (square, c) => Math.sqrt(Math.max(0, square / count - (sums[c]! / count) ** 2)) / unit,
    );
    return { mean, std };
  }
}
