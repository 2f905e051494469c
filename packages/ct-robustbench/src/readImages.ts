/**
 * Reads images and labels from tensors, and refuses what no attack could mean.
 */
import type { Tensor } from '@tensorflow/tfjs-core';

/** Images as plain numbers. */
export interface ReadImages {
  /** All images, one after another. */
  data: Float32Array;
  /** Shape of one image. */
  shape: number[];
  count: number;
  /** Values of one image. */
  size: number;
  labels: Int32Array;
  /** Images that hold a NaN or an infinite value. */
  broken: number[];
}

/** Pixels may miss [0, 1] by this much: decoders round. */
const RANGE_TOLERANCE = 1e-6;

/**
 * The numbers of `images` (`[batch, ...image shape]`, pixels in [0, 1]) and `labels` (`[batch]`, classes from 0).
 *
 * Values that miss the range by rounding are clipped. Images with NaN are listed and left for the caller to set aside.
 *
 * @throws RangeError for pixels outside [0, 1], TypeError for shapes that do not fit.
 */
export async function readImages(caller: string, images: Tensor, labels: Tensor | ArrayLike<number>): Promise<ReadImages> {
  const [count = 0, ...shape] = images.shape;
  if (images.rank < 2 || count === 0) throw new TypeError(`${caller}: images must have shape [batch, ...], with at least one image, got [${images.shape.join(', ')}]`);
  const labelValues = 'dataSync' in labels ? ((await labels.data()) as Int32Array) : labels;
  if (labelValues.length !== count) throw new TypeError(`${caller}: expected one label for each of ${count} images, got ${labelValues.length}`);
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
      `${caller}: pixels must lie in [0, 1], got ${low.toFixed(3)} to ${high.toFixed(3)}; divide by 255 if they are bytes, and put normalisation inside the model: normalized(model, {mean, std})`,
    );
  }
  return { data, shape, count, size, labels: Int32Array.from(labelValues), broken };
}
