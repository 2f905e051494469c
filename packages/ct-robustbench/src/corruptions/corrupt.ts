/**
 * The common corruptions as one function on batches.
 */
import * as tf from '@tensorflow/tfjs-core';
import { RandomStream } from '../randomStream.js';
import { readImages } from '../readImages.js';
import { cameraMotion, defocusBlur, elasticTransform, glassBlur, zoomBlur } from './blur.js';
import { contrast, pixelate } from './digital.js';
import { jpegCompression } from './jpeg.js';
import { gaussianNoise, impulseNoise, shotNoise } from './noise.js';
import type { CorruptionType, CorruptionVariant } from './parameters.js';
import { corruptionTypes, parameters } from './parameters.js';
import type { Picture } from './picture.js';
import { clipUnit } from './picture.js';
import { brightness, fog, frost, snow } from './weather.js';

export interface CorruptOptions {
  type: CorruptionType;
  /** 1 (weak) to 5. */
  severity: number;
  /** Which table of strengths. Default: 'cifar' for images of up to 64 pixels a side, else 'imagenet'. */
  variant?: CorruptionVariant;
  /** Default: 0. */
  seed?: number;
  /** The number of the first image in the data set, so that a batch's images keep their random numbers. Default: 0. */
  firstImage?: number;
  /** Whether values are cut to multiples of 1/255 as in the published files. Default: true. */
  bytes?: boolean;
}

type Corruption = (picture: Picture, strength: readonly number[], random: RandomStream) => Picture;

const corruptions: Record<CorruptionType, Corruption> = {
  gaussian_noise: gaussianNoise, shot_noise: shotNoise, impulse_noise: impulseNoise,
  defocus_blur: defocusBlur, glass_blur: glassBlur, motion_blur: cameraMotion, zoom_blur: zoomBlur,
  snow, frost, fog, brightness,
  contrast, elastic_transform: elasticTransform, pixelate, jpeg_compression: jpegCompression,
};

/**
 * Corrupted copies of images; the caller disposes of the result.
 *
 * The recipes are those of ImageNet-C and CIFAR-C but for the textures of `frost`, which are made, not photographed.
 * Random numbers differ from numpy's: to compare with published figures, evaluate the published files.
 *
 * @param images `[batch, height, width, channels]`, pixels in [0, 1]; 1 or 3 channels.
 * @throws RangeError for a severity outside 1 to 5 or pixels outside [0, 1]; TypeError for an unknown type or shape.
 * Source: Hendrycks & Dietterich 2019, arXiv 1903.12261.
 */
export async function corrupt(images: tf.Tensor4D, { type, severity, variant, seed = 0, firstImage = 0, bytes = true }: CorruptOptions): Promise<tf.Tensor4D> {
  if (!corruptionTypes.includes(type)) throw new TypeError(`corrupt: type must be one of ${corruptionTypes.join(', ')}, got ${String(type)}`);
  if (![1, 2, 3, 4, 5].includes(severity)) throw new RangeError(`corrupt: severity must be 1 to 5, got ${severity}`);
  if (images.rank !== 4) throw new TypeError(`corrupt: images must be [batch, height, width, channels], got [${images.shape.join(', ')}]`);
  const { data, shape, count, size, broken } = await readImages('corrupt', images, new Int32Array(images.shape[0]));
  if (broken.length > 0) throw new RangeError(`corrupt: images must hold finite values, got NaN or infinite ones in images ${broken.join(', ')}`);
  const [height, width, channels] = shape as [number, number, number];
  const table = parameters[variant ?? (Math.max(height, width) <= 64 ? 'cifar' : 'imagenet')][type];
  for (let image = 0; image < count; image++) {
    const random = new RandomStream(seed, 'corruption', type, severity, firstImage + image);
    const picture = { height, width, channels, data: Float64Array.from(data.subarray(image * size, (image + 1) * size)) };
    const corrupted = corruptions[type](picture, table[severity - 1]!, random).data;
    for (let i = 0; i < size; i++) {
      const value = clipUnit(corrupted[i]!);
      // The small number keeps whole bytes whole.
      data[image * size + i] = bytes ? Math.floor(value * 255 + 1e-9) / 255 : value;
    }
  }
  return tf.tensor4d(data, images.shape);
}
