/**
 * The corruptions of CIFAR-C and ImageNet-C, by the names of their files.
 *
 * Source: Hendrycks & Dietterich 2019, arXiv 1903.12261.
 */

/** The fifteen that scores are the mean of, in ImageNet-C's order. */
export const CORRUPTIONS = [
  'gaussian_noise',
  'shot_noise',
  'impulse_noise',
  'defocus_blur',
  'glass_blur',
  'motion_blur',
  'zoom_blur',
  'snow',
  'frost',
  'fog',
  'brightness',
  'contrast',
  'elastic_transform',
  'pixelate',
  'jpeg_compression',
] as const;

/** Four more, meant for choosing. */
export const EXTRA_CORRUPTIONS = ['speckle_noise', 'gaussian_blur', 'spatter', 'saturate'] as const;

/** The name of one of the fifteen. */
export type CorruptionType = (typeof CORRUPTIONS)[number];
