/**
 * The common corruptions as one function on batches.
 */
import { check, flag, options, seed as seedSchema, whole } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { CorruptionType } from '@curvature-tuning/data';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { tensor4d } from '@tensorflow/tfjs-core';
import { RandomStream } from '../data/randomStream.js';
import { imagesSchema4D, readFiniteImages } from '../data/readImages.js';
import { cameraMotion, defocusBlur, elasticTransform, glassBlur, zoomBlur } from './blur.js';
import { contrast, pixelate } from './digital.js';
import { jpegCompression } from './jpeg.js';
import { gaussianNoise, impulseNoise, shotNoise } from './noise.js';
import type { CorruptionVariant } from './parameters.js';
import { corruptionType, corruptionVariant, PARAMETERS, severitySchema } from './parameters.js';
import type { Picture } from './picture.js';
import { clipUnit } from './picture.js';
import { brightness, fog, frost, snow } from './weather.js';

/** Which corruption, and how strong. */
export interface CorruptOptions {
  type: CorruptionType;
  /** 1 (weak) to 5. */
  severity: number;
  /** Which table of strengths. Default: 'cifar' for images of up to 64 pixels a side, else 'imagenet'. */
  variant?: CorruptionVariant | undefined;
  /** Default: 0. */
  seed?: number | undefined;
  /** The number of the first image in the data set, so that a batch's images keep their random numbers. Default: 0. */
  firstImage?: number | undefined;
  /** Whether values are cut to multiples of 1/255 as in the published files. Default: true. */
  bytes?: boolean | undefined;
}

export const corruptArguments: Entries<{ images: Tensor4D; options: CorruptOptions }> = {
  images: imagesSchema4D,
  options: options<CorruptOptions>(
    {
      type: corruptionType,
      severity: severitySchema,
      variant: corruptionVariant,
      seed: seedSchema,
      firstImage: whole({ min: 0 }),
      bytes: flag,
    },
    ['type', 'severity'],
  ),
};

type Corruption = (picture: Picture, strength: readonly number[], random: RandomStream) => Picture;

const corruptions: Record<CorruptionType, Corruption> = {
  gaussian_noise: gaussianNoise,
  shot_noise: shotNoise,
  impulse_noise: impulseNoise,
  defocus_blur: defocusBlur,
  glass_blur: glassBlur,
  motion_blur: cameraMotion,
  zoom_blur: zoomBlur,
  snow,
  frost,
  fog,
  brightness,
  contrast,
  elastic_transform: elasticTransform,
  pixelate,
  jpeg_compression: jpegCompression,
};

/**
 * Corrupted copies of images; the caller disposes of the result.
 *
 * The recipes are those of ImageNet-C and CIFAR-C but for the textures of `frost`, which are made, not photographed.
 * Random numbers differ from numpy's: to compare with published figures, evaluate the published files.
 *
 * @param images `[batch, height, width, channels]`, pixels in [0, 1]; 1 or 3 channels.
 * @throws RangeError for an unknown type, a severity outside 1 to 5 or pixels outside [0, 1]; TypeError for another
 * shape. Source: Hendrycks & Dietterich 2019, arXiv 1903.12261.
 */
export async function corrupt(images: Tensor4D, options: CorruptOptions): Promise<Tensor4D> {
  check('corrupt', corruptArguments, { images, options });
  const { type, severity, variant, seed = 0, firstImage = 0, bytes = true } = options;
  const { data, shape, count, size } = await readFiniteImages('corrupt', images);
  const [height, width, channels] = shape as [number, number, number];
  const table = PARAMETERS[variant ?? (Math.max(height, width) <= 64 ? 'cifar' : 'imagenet')][type];
  for (let image = 0; image < count; image++) {
    const random = new RandomStream(seed, 'corruption', type, severity, firstImage + image);
    const picture = {
      height,
      width,
      channels,
      data: Float64Array.from(data.subarray(image * size, (image + 1) * size)),
    };
    const corrupted = corruptions[type](picture, table[severity - 1]!, random).data;
    for (let i = 0; i < size; i++) {
      const value = clipUnit(corrupted[i]!);
      // The small number keeps whole bytes whole.
      data[image * size + i] = bytes ? Math.floor(value * 255 + 1e-9) / 255 : value;
    }
  }
  return tensor4d(data, images.shape);
}
