/**
 * How many images go through a network at a time in training: as many as fit a budget of bytes.
 */
import type { DataType } from '@tensorflow/tfjs-core';
import { memory, sum, tidy, valueAndGrads, zeros } from '@tensorflow/tfjs-core';
import type { Trainee } from './trainee.js';
import { abandonTape } from './trainStep.js';

/** Bytes that the activations which gradients need may take: 384 MiB. */
export const TRAINING_BYTES: number = 3 * 2 ** 27;

/**
 * The number of images that fit TRAINING_BYTES, at least 1: by what the forward pass of one image of zeros keeps. tfjs
 * counts a tensor that is kept for a gradient once more while its original lives, which leaves room for the backward
 * pass.
 *
 * @param shape Of the images, batch axis first. Where a size is open, or that one image cannot be run, Infinity: then
 *   the batch is run as it is, and says what is wrong.
 */
export function imagesInTraining(
  { forward, groups, afterForward }: Trainee,
  shape: readonly (number | null)[],
  dtype: DataType,
): number {
  const sizes = [1, ...shape.slice(1)];
  if (sizes.includes(null)) return Infinity;
  const before = memory().numBytes;
  let bytes: number | undefined;
  try {
    tidy(() => {
      const image = zeros(sizes as number[], dtype as 'float32');
      valueAndGrads(() => {
        const loss = sum(forward(image, true));
        bytes = memory().numBytes - before;
        return loss;
      })(groups.flatMap(({ parameters }) => parameters.flat()));
    });
  } catch {
    abandonTape();
    return Infinity;
  } finally {
    afterForward?.(true);
  }
  return bytes === undefined ? Infinity : Math.max(1, Math.floor(TRAINING_BYTES / bytes));
}
