/**
 * What becomes of an image in the paper's experiments: the set decides that the network was trained on, not the one
 * that it is adapted to.
 */
import type { AugmentOptions } from './augment.js';
import type { Scaling } from './resizeToCover.js';

/** A pipeline of images. */
export interface PaperPipeline {
  /** What `openDataset` and `imageFolder` take: the form of training and test images alike. */
  readonly form: Scaling & { readonly size: readonly [height: number, width: number]; readonly channels: 1 | 3 };
  /** What {@link augment} is to do to training images; undefined where nothing is drawn at random. */
  readonly augment?: AugmentOptions | undefined;
}

const IMAGENET: PaperPipeline = { form: { size: [224, 224], cropPct: 224 / 256, channels: 3 } };
const CIFAR: PaperPipeline = {
  form: { size: [32, 32], channels: 3 },
  augment: { crop: 32, padding: 4, flip: true, degrees: 15 },
};

/**
 * The pipelines, by the set that the network comes from.
 *
 *     const { form } = PAPER_PIPELINES.imagenet;
 *     const birds = await openDataset('cub200', form);
 *
 * - `imagenet`, `imagenette`: `Resize(256)` and `CenterCrop(224)`, bilinear, antialiased; grey becomes three channels.
 * - `mnist`: `Resize(28)`, grey.
 * - `cifar10`, `cifar100`: 32 × 32; training images are cropped from a border of 4, mirrored, and turned by up to 15°.
 *
 * Values are in [0, 1], less mean and over std of the set that is adapted to (`mean`, `std` of a data set). The paper's
 * code cuts the 32 × 32 out of images of any size; here they are scaled first, which CIFAR's own do not tell apart.
 */
export const PAPER_PIPELINES: Readonly<
  Record<'imagenet' | 'imagenette' | 'mnist' | 'cifar10' | 'cifar100', PaperPipeline>
> = {
  imagenet: IMAGENET,
  imagenette: IMAGENET,
  mnist: { form: { size: [28, 28], channels: 1 } },
  cifar10: CIFAR,
  cifar100: CIFAR,
};
