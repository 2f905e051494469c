/**
 * From bytes to normalised tensors, all at once or batch by batch.
 */
import { check, count, listOf, objectWith, options as optionsOf, real, seed } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import { tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import type { Batch } from './examples.js';
import { checkImageSet, pixelsPerImage } from './imageSet.js';
import type { ImageSet } from './imageSet.js';
import { seededGenerator, shuffle } from './shuffle.js';

/** Mean and standard deviation of each channel, of pixels in [0, 1]. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

const normalizationEntries: Entries<Partial<Normalization>> = {
  mean: listOf(real()),
  std: listOf(real({ above: 0 }, { cure: 'a channel that never varies cannot be normalised' })),
};

/** A whole data set may stand for its mean and std. */
export const toBatchArguments: Entries<{ normalization: Partial<Normalization> }> = {
  normalization: objectWith<Partial<Normalization>>(normalizationEntries),
};

/** How {@link batches} cuts a set. */
export interface BatchesOptions extends Partial<Normalization> {
  /** Images a batch; the last batch holds what is left. */
  readonly batchSize: number;
  /** Seed, a whole number in [0, 2^32). Without it the images come in their order. */
  readonly shuffle?: number;
}

export const batchesArguments: Entries<{ options: BatchesOptions }> = {
  options: optionsOf<BatchesOptions>({ ...normalizationEntries, batchSize: count, shuffle: seed }, ['batchSize']),
};

/**
 * The whole set as one batch of float32 images `[count, height, width, channels]` and int32 labels `[count]`.
 *
 * Pixels become `(x / 255 - mean) / std`, per channel. Without `mean` and `std` they are left in [0, 1]. The
 * caller disposes of both tensors.
 *
 * @throws RangeError when `mean` or `std` do not have one finite number a channel or a `std` is not positive.
 */
export function toBatch(set: ImageSet, normalization: Partial<Normalization> = {}): Batch {
  checkImageSet(set, 'toBatch');
  check('toBatch', toBatchArguments, { normalization });
  return gather(set, naturalOrder(set), tableOf(set, normalization, 'toBatch'));
}

/**
 * The set as batches of float32 images `[batch, height, width, channels]` and int32 labels `[batch]`.
 *
 * May be iterated any number of times, an epoch each. With `shuffle` every iteration has an order of its own: the
 * n-th one begun depends on the seed and on n alone, so that a second call with the same seed repeats the epochs
 * of the first. Pixels are normalised as in {@link toBatch}. A batch is made when it is asked for and belongs to
 * the consumer, who disposes of it; leaving the loop early leaks nothing.
 *
 * @throws RangeError, at the call, for a batch size that is not a positive whole number, a bad seed, mean or std.
 */
export function batches(set: ImageSet, options: BatchesOptions): AsyncIterable<Batch> {
  checkImageSet(set, 'batches');
  check('batches', batchesArguments, { options });
  const { batchSize } = options;
  const table = tableOf(set, options, 'batches');
  const generator = options.shuffle === undefined ? undefined : seededGenerator(options.shuffle);

  return {
    [Symbol.asyncIterator](): AsyncIterator<Batch, undefined> {
      const order = naturalOrder(set);
      if (generator) shuffle(order, generator);
      let start = 0;
      return {
        next: () => {
          if (start >= order.length) return Promise.resolve({ done: true, value: undefined });
          const indices = order.subarray(start, start + batchSize);
          start += indices.length;
          return Promise.resolve({ done: false, value: gather(set, indices, table) });
        },
        return: () => {
          start = order.length;
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  };
}

function naturalOrder(set: ImageSet): Int32Array {
  return Int32Array.from(set.labels, (_, i) => i);
}

/** The normalised value of each byte in each channel: `table[channel * 256 + byte]`. */
function tableOf(set: ImageSet, normalization: Partial<Normalization>, caller: string): Float32Array {
  const channels = set.shape[2];
  const { mean = Array<number>(channels).fill(0), std = Array<number>(channels).fill(1) } = normalization;
  for (const [name, values] of Object.entries({ mean, std })) {
    if (values.length !== channels)
      throw new RangeError(
        `${caller}: ${name} must be one number for each of the ${channels} channel(s), got [${values.join(', ')}]`,
      );
  }
  return Float32Array.from({ length: channels * 256 }, (_, i) => {
    const channel = i >> 8;
    return ((i & 255) / 255 - mean[channel]!) / std[channel]!;
  });
}

function gather(set: ImageSet, indices: Int32Array, table: Float32Array): Batch {
  const pixels = pixelsPerImage(set);
  const [height, width, channels] = set.shape;
  const values = new Float32Array(indices.length * pixels);
  indices.forEach((index, i) => {
    for (let p = 0; p < pixels; p++) {
      values[i * pixels + p] = table[(p % channels) * 256 + set.images[index * pixels + p]!]!;
    }
  });
  const labels = indices.map((index) => set.labels[index]!);
  return {
    images: tensor4d(values, [indices.length, height, width, channels]),
    labels: tensor1d(labels, 'int32'),
  };
}
