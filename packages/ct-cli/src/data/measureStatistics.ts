/**
 * Mean and deviation of the channels of a set, image by image.
 */
import type { OpenedDataset } from '@curvature-tuning/datasets/node';

/** Of pixels in [0, 1]. */
export interface Statistics {
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** How many images they are of. */
  readonly images: number;
}

/**
 * Mean and population deviation of each channel over all pixels of the images to train with, those drawn for validation
 * among them.
 *
 * @throws RangeError for images that are not all grey or all in colour.
 */
export async function measureStatistics(
  { train, validation, ownSplits }: Pick<OpenedDataset, 'train' | 'validation' | 'ownSplits'>,
  signal: AbortSignal,
): Promise<Statistics> {
  let sums: number[] = [];
  let squares: number[] = [];
  let count = 0;
  let images = 0;
  for (const set of ownSplits.includes('validation') ? [train] : [train, validation])
    for await (const { pixels } of set) {
      signal.throwIfAborted();
      const channels = pixels.shape.at(-1)!;
      if (images++ === 0) [sums, squares] = [Array<number>(channels).fill(0), Array<number>(channels).fill(0)];
      if (channels !== sums.length)
        throw new RangeError(`ct data: images of ${sums.length} and of ${channels} channels have no common statistics`);
      // Sums of whole numbers below 2^53 are exact.
      pixels.values.forEach((value: number, i: number) => {
        sums[i % channels]! += value;
        squares[i % channels]! += value * value;
      });
      count += pixels.values.length / channels;
    }
  const mean = sums.map((sum) => sum / count / 255);
  const std = squares.map((square, c) => Math.sqrt(Math.max(0, square / count - (sums[c]! / count) ** 2)) / 255);
  return { mean, std, images };
}
