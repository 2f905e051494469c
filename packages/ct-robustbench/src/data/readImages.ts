/**
 * Reads images from tensors, and refuses what no attack could mean.
 */
import { isTensor, matching } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';

const IMAGES_CURE = "bytes are made pixels by tf.div(tf.cast(images, 'float32'), 255)";

/** Images of any rank from 2 on; `readImages` looks at the pixels. */
export const imagesSchema: Schema<Tensor> = matching((value): value is Tensor => areImages(value), {
  expects: 'a float32 tensor [batch, ...] of at least one image with pixels in [0, 1] that was not disposed of',
  cure: IMAGES_CURE,
});

/** Images as convolutional networks take them. */
export const imagesSchema4D: Schema<Tensor4D> = matching(
  (value): value is Tensor4D => areImages(value) && value.rank === 4,
  {
    expects:
      'a float32 tensor [batch, height, width, channels] of at least one image with pixels in [0, 1] that ' +
      'was not disposed of',
    cure: IMAGES_CURE,
  },
);

function areImages(value: unknown): value is Tensor {
  return (
    isTensor(value) &&
    !value.isDisposed &&
    value.dtype === 'float32' &&
    value.rank >= 2 &&
    value.shape.every((length) => length > 0)
  );
}

/** Images as plain numbers. */
export interface ReadImages {
  /** All images, one after another. */
  data: Float32Array;
  /** Shape of one image. */
  shape: number[];
  count: number;
  /** Values of one image. */
  size: number;
  /** Images that hold a NaN or an infinite value. */
  broken: number[];
}

/** Pixels may miss [0, 1] by this much: decoders round. */
const RANGE_TOLERANCE = 1e-6;

/**
 * The numbers of `images` (`[batch, ...image shape]`, pixels in [0, 1]).
 *
 * Values that miss the range by rounding are clipped. Images with NaN are listed and left for the caller to set aside.
 *
 * @throws RangeError for pixels outside [0, 1].
 */
export async function readImages(caller: string, images: Tensor): Promise<ReadImages> {
  const [count = 0, ...shape] = images.shape;
  const data = Float32Array.from(await images.data());
  const size = data.length / count;
  const broken: number[] = [];
  let low = Infinity;
  let high = -Infinity;
  for (let row = 0; row < count; row++) {
    let finite = true;
    for (let i = row * size; i < (row + 1) * size; i++) {
      const value = data[i]!;
      if (!Number.isFinite(value)) finite = false;
      else {
        low = Math.min(low, value);
        high = Math.max(high, value);
        data[i] = Math.min(Math.max(value, 0), 1);
      }
    }
    if (!finite) broken.push(row);
  }
  if (low < -RANGE_TOLERANCE || high > 1 + RANGE_TOLERANCE) {
    throw new RangeError(
      `${caller}: pixels must lie in [0, 1], got ${low.toFixed(3)} to ${high.toFixed(3)}; divide by 255 if ` +
        'they are bytes, and put normalisation inside the model: normalized(model, {mean, std})',
    );
  }
  return { data, shape, count, size, broken };
}

/** The same for images that must all be finite. @throws RangeError naming those that are not. */
export async function readFiniteImages(caller: string, images: Tensor): Promise<ReadImages> {
  const read = await readImages(caller, images);
  if (read.broken.length > 0)
    throw new RangeError(
      `${caller}: images must hold finite pixels, got NaN or infinite ones in images ${some(read.broken)}`,
    );
  return read;
}

/** The first few of a list of numbers. */
export function some(numbers: readonly number[]): string {
  return numbers.length <= 10
    ? numbers.join(', ')
    : `${numbers.slice(0, 10).join(', ')} and ${numbers.length - 10} more`;
}
