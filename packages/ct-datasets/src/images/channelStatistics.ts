/**
 * Measures the mean and standard deviation with which a set of images is normalised.
 */
import type { Normalization } from '@curvature-tuning/data';
import { checkImageSet } from './imageSet.js';
import type { ImageSet } from './imageSet.js';

/**
 * Mean and standard deviation of each channel over all pixels of all images, of pixels in [0, 1].
 *
 * The deviation is that of the population, `sqrt(E[x^2] - E[x]^2)`. Meant for train images: what is learnt from a
 * test image, be it a mean, is no longer tested.
 *
 * @throws RangeError for a set without images.
 */
export function channelStatistics(set: ImageSet): Normalization {
  checkImageSet(set, 'channelStatistics');
  if (set.labels.length === 0) throw new RangeError('channelStatistics: the set holds no image');
  const channels = set.shape[2];
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  // Sums of whole numbers below 2^53 are exact, so the difference of squares below cancels without harm.
  set.images.forEach((value, i) => {
    const channel = i % channels;
    sums[channel]! += value;
    squares[channel]! += value * value;
  });
  const count = set.images.length / channels;
  const mean = Array.from(sums, (sum) => sum / count / 255);
  const std = Array.from(squares, (square, c) => {
    const sum = sums[c]!;
    return Math.sqrt(Math.max(0, square / count - (sum / count) ** 2)) / 255;
  });
  return { mean, std };
}
