/**
 * The corruptions and their strengths, severity 1 to 5.
 *
 * Source: Hendrycks & Dietterich 2019, arXiv 1903.12261; the values are those of its generators make_imagenet_c.py
 * and make_cifar_c.py, which differ: CIFAR images are small.
 */

import { oneOf, whole } from '@curvature-tuning/checks';
import type { Schema } from '@curvature-tuning/checks';
import { CORRUPTIONS } from '@curvature-tuning/data';
import type { CorruptionType } from '@curvature-tuning/data';

/** Which table of strengths: for images of ImageNet, or of CIFAR, 32 pixels a side. */
export type CorruptionVariant = 'imagenet' | 'cifar';

export const corruptionType: Schema<CorruptionType> = oneOf(...CORRUPTIONS);
export const corruptionVariant: Schema<CorruptionVariant> = oneOf('imagenet', 'cifar');
/** 1 (weak) to 5. */
export const severitySchema: Schema<number> = whole({ min: 1, max: 5 });

/** One row of numbers for each severity. */
export const PARAMETERS: Record<CorruptionVariant, Record<CorruptionType, readonly (readonly number[])[]>> = {
  imagenet: {
    gaussian_noise: [[0.08], [0.12], [0.18], [0.26], [0.38]],
    shot_noise: [[60], [25], [12], [5], [3]],
    impulse_noise: [[0.03], [0.06], [0.09], [0.17], [0.27]],
    // Radius of the disk, blur of its edge.
    defocus_blur: [
      [3, 0.1],
      [4, 0.5],
      [6, 0.5],
      [8, 0.5],
      [10, 0.5],
    ],
    // Sigma, largest shift, passes.
    glass_blur: [
      [0.7, 1, 2],
      [0.9, 2, 1],
      [1, 2, 3],
      [1.1, 3, 2],
      [1.5, 4, 2],
    ],
    // Radius, sigma.
    motion_blur: [
      [10, 3],
      [15, 5],
      [15, 8],
      [15, 12],
      [20, 15],
    ],
    // End of the zoom factors, their step.
    zoom_blur: [
      [1.11, 0.01],
      [1.16, 0.01],
      [1.21, 0.02],
      [1.26, 0.02],
      [1.31, 0.03],
    ],
    // Mean, deviation, zoom, threshold, radius and sigma of the motion blur, weight of the picture.
    snow: [
      [0.1, 0.3, 3, 0.5, 10, 4, 0.8],
      [0.2, 0.3, 2, 0.5, 12, 4, 0.7],
      [0.55, 0.3, 4, 0.9, 12, 8, 0.7],
      [0.55, 0.3, 4.5, 0.85, 12, 8, 0.65],
      [0.55, 0.3, 2.5, 0.85, 12, 12, 0.55],
    ],
    // Weight of the picture, weight of the frost.
    frost: [
      [1, 0.4],
      [0.8, 0.6],
      [0.7, 0.7],
      [0.65, 0.7],
      [0.6, 0.75],
    ],
    // Strength, decay of the roughness.
    fog: [
      [1.5, 2],
      [2, 2],
      [2.5, 1.7],
      [2.5, 1.5],
      [3, 1.4],
    ],
    brightness: [[0.1], [0.2], [0.3], [0.4], [0.5]],
    contrast: [[0.4], [0.3], [0.2], [0.1], [0.05]],
    // Size of the shifts, sigma that smooths them, size of the affine shifts; in pixels. The original computes
    // with 244 where the image has 224.
    elastic_transform: [
      [488, 170.8, 24.4],
      [488, 19.52, 48.8],
      [12.2, 2.44, 4.88],
      [17.08, 2.44, 4.88],
      [29.28, 2.44, 4.88],
    ],
    pixelate: [[0.6], [0.5], [0.4], [0.3], [0.25]],
    jpeg_compression: [[25], [18], [15], [10], [7]],
  },
  cifar: {
    gaussian_noise: [[0.04], [0.06], [0.08], [0.09], [0.1]],
    shot_noise: [[500], [250], [100], [75], [50]],
    impulse_noise: [[0.01], [0.02], [0.03], [0.05], [0.07]],
    defocus_blur: [
      [0.3, 0.4],
      [0.4, 0.5],
      [0.5, 0.6],
      [1, 0.2],
      [1.5, 0.1],
    ],
    glass_blur: [
      [0.05, 1, 1],
      [0.25, 1, 1],
      [0.4, 1, 1],
      [0.25, 1, 2],
      [0.4, 1, 2],
    ],
    motion_blur: [
      [6, 1],
      [6, 1.5],
      [6, 2],
      [8, 2],
      [9, 2.5],
    ],
    zoom_blur: [
      [1.06, 0.01],
      [1.11, 0.01],
      [1.16, 0.01],
      [1.21, 0.01],
      [1.26, 0.01],
    ],
    snow: [
      [0.1, 0.2, 1, 0.6, 8, 3, 0.95],
      [0.1, 0.2, 1, 0.5, 10, 4, 0.9],
      [0.15, 0.3, 1.75, 0.55, 10, 4, 0.9],
      [0.25, 0.3, 2.25, 0.6, 12, 6, 0.85],
      [0.3, 0.3, 1.25, 0.65, 14, 12, 0.8],
    ],
    frost: [
      [1, 0.2],
      [1, 0.3],
      [0.9, 0.4],
      [0.85, 0.4],
      [0.75, 0.45],
    ],
    fog: [
      [0.2, 3],
      [0.5, 3],
      [0.75, 2.5],
      [1, 2],
      [1.5, 1.75],
    ],
    brightness: [[0.05], [0.1], [0.15], [0.2], [0.3]],
    contrast: [[0.75], [0.5], [0.4], [0.3], [0.15]],
    elastic_transform: [
      [0, 0, 2.56],
      [1.6, 6.4, 2.24],
      [2.56, 1.92, 1.92],
      [3.2, 1.28, 1.6],
      [3.2, 0.96, 0.96],
    ],
    pixelate: [[0.95], [0.9], [0.85], [0.75], [0.65]],
    jpeg_compression: [[80], [65], [58], [50], [40]],
  },
};

/**
 * AlexNet's errors, as shares, averaged over severities: what mCE on ImageNet-C is measured against.
 *
 * Source: the table of arXiv 1903.12261, appendix, in the precision its repository gives.
 */
export const ALEXNET_ERRORS: Readonly<Record<CorruptionType, number>> = {
  gaussian_noise: 0.886428,
  shot_noise: 0.894468,
  impulse_noise: 0.92264,
  defocus_blur: 0.81988,
  glass_blur: 0.826268,
  motion_blur: 0.785948,
  zoom_blur: 0.79836,
  snow: 0.866816,
  frost: 0.826572,
  fog: 0.819324,
  brightness: 0.564592,
  contrast: 0.853204,
  elastic_transform: 0.646056,
  pixelate: 0.71784,
  jpeg_compression: 0.6065,
};
