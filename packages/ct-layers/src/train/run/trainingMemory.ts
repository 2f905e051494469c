/**
 * How many images go through a network at a time in training: as many as fit a budget of bytes.
 */
import type { DataType } from '@tensorflow/tfjs-core';
import { memory, sum, tidy, valueAndGrads, zeros } from '@tensorflow/tfjs-core';
import { freeInBackward } from '../../host/frugalBackward.js';
import type { Trainee } from './trainee.js';
import { abandonTape } from './trainStep.js';

/** Bytes that the tensors of a forward pass may take in training: 384 MiB. */
export const TRAINING_BYTES: number = 3 * 2 ** 27;

/**
 * The number of images that fit TRAINING_BYTES, at least 1: by the peaks of the forward pass, in which all that
 * gradients need comes together, of one image of zeros and of two. The way back frees as it goes.
 *
 * @param shape Of the images, batch axis first. Where a size is open, or that they cannot be run, Infinity: then the
 *   batch is run as it is, and says what is wrong.
 */
export function imagesInTraining(trainee: Trainee, shape: readonly (number | null)[], dtype: DataType): number {
  const sizes = shape.slice(1);
  if (sizes.includes(null)) return Infinity;
  const peaks = [1, 2].map((count) => peakOf(trainee, [count, ...(sizes as number[])], dtype));
  const [one, two] = peaks as [number | undefined, number | undefined];
  if (one === undefined || two === undefined) return Infinity;
  // What there is once, such as copies of weights, and what there is for each image.
  const each = Math.max(1, two - one);
  return Math.max(1, Math.floor((TRAINING_BYTES - (one - each)) / each));
}

/** The parts of a batch, as equal as can be, of at most `most` images: of how many images they are. */
export function evenParts(batchSize: number, most: number): number {
  return Math.ceil(batchSize / Math.ceil(batchSize / Math.min(batchSize, most)));
}

/** Bytes of tensors at the end of a forward pass of zeros that is recorded; undefined where it fails. */
function peakOf({ forward, groups, afterForward }: Trainee, shape: number[], dtype: DataType): number | undefined {
  const before = memory().numBytes;
  let bytes: number | undefined;
  try {
    tidy(() => {
      const images = zeros(shape, dtype as 'float32');
      valueAndGrads(() => {
        const loss = sum(forward(images, true));
        bytes = memory().numBytes - before;
        freeInBackward();
        return loss;
      })(groups.flatMap(({ parameters }) => parameters.flat()));
    });
  } catch {
    abandonTape();
    return undefined;
  } finally {
    afterForward?.(true);
  }
  return bytes;
}
