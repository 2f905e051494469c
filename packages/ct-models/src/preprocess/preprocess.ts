/**
 * An image as a network takes it: resized, cropped and normalised as its weights were evaluated.
 */

import type { Entries, Schema } from '@curvature-tuning/checks';
import { anyOf, check, matching, text } from '@curvature-tuning/checks';
import { preprocess as normalise, preprocessingSchema } from '@curvature-tuning/data';
import type { Preprocessing } from '@curvature-tuning/data';
import { scaleImage } from '@curvature-tuning/datasets';
import type { Tensor4D } from '@tensorflow/tfjs-core';
import { tensor4d } from '@tensorflow/tfjs-core';
import { pixelsOf } from './pixelsOf.js';
import type { ImageSource } from './pixelsOf.js';
import { preprocessingOf } from './preprocessingOf.js';

export const preprocessArguments: Entries<{ image: ImageSource; target: string | Preprocessing }> = {
  image: matching((value): value is ImageSource => typeof value === 'object' && value !== null, {
    expects: 'a tensor, ImageData or what a canvas draws',
  }),
  target: anyOf<readonly [Schema<string>, Schema<Preprocessing>]>(text, preprocessingSchema),
};

/**
 * Makes of one image the input of a network.
 *
 *     const images = await preprocess(await createImageBitmap(file), 'resnet18.tv_in1k');
 *     const logits = model.predict(images);
 *
 * Scaled with Pillow's antialiased filters on 8-bit pixels, cropped about its centre, and normalised: what
 * torchvision's transforms make of the same pixels, to one grey level. Files in Node are read by `loadImages` of
 * `@curvature-tuning/datasets/node`, which takes `preprocessingOf(name)`.
 *
 * @param image A tensor of any backend (int32 in [0, 255] or float32 in [0, 1]), which stays; ImageData; in a page, an
 * ImageBitmap, a canvas or an image. Grey and colour become each other as the network wants.
 * @param target A key of `pretrainedWeights`, or a preprocessing.
 * @returns `[1, height, width, channels]`, float32, on the current backend; the caller disposes of it.
 * @throws RangeError for an unknown name, and values out of range; TypeError for what is no image.
 */
export async function preprocess(image: ImageSource, target: string | Preprocessing): Promise<Tensor4D> {
  check('preprocess', preprocessArguments, { image, target });
  const preprocessing = typeof target === 'string' ? preprocessingOf(target) : target;
  const [height, width, channels] = preprocessing.inputSize;
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`preprocess: images have 1 channel or 3, the network wants ${channels}`);
  const { values, shape } = await pixelsOf(image);
  const scaled = scaleImage(values, shape, [height, width], {
    channels,
    interpolation: preprocessing.interpolation,
    cropMode: preprocessing.cropMode,
    cropPct: preprocessing.cropPct,
  });
  const input = normalise(preprocessing)({ values: scaled, shape: [height, width, channels] });
  return tensor4d(input.values as Float32Array, [1, height, width, channels], 'float32');
}
