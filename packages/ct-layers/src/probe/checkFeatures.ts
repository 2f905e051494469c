/**
 * Features that are not finite, and where in the network they come from.
 */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { slice } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { firstNotFinite } from '../host/finite.js';
import type { ImageRows } from '../host/imageRows.js';
import { isImageRows } from '../host/imageRows.js';
import { nonFiniteSite } from '../model/nonFiniteSite.js';
import { nonFiniteWeight } from '../model/nonFiniteWeight.js';

/**
 * Checks that the features of all examples are finite: what a head learns from others means nothing.
 *
 * @param what Names the examples in the error, e.g. `steer: train`.
 * @param first The number of the first of the examples, where they are a batch of more.
 * @throws RangeError that names the example, and the weight or the site behind it.
 */
export async function checkFeatures(
  what: string,
  extractor: LayersModel,
  { images, features, first = 0 }: { images: Tensor | ImageRows; features: Tensor2D; first?: number },
): Promise<void> {
  const found = await firstNotFinite(features);
  if (found === undefined) return;
  throw new RangeError(
    `${what}: the features of example ${first + found.example} must be finite, got ${found.value}; ` +
      `${await origin(extractor, images, found.example)}`,
  );
}

async function origin(extractor: LayersModel, images: Tensor | ImageRows, example: number): Promise<string> {
  const weight = await nonFiniteWeight(extractor);
  if (weight !== undefined) return `the weight "${weight}" is not finite`;
  const image = isImageRows(images) ? await images.read([example]) : slice(images, example, 1);
  const site = await nonFiniteSite(extractor, image).finally(() => image.dispose());
  return site === undefined
    ? 'a layer of the network overflows'
    : `the first output that is not finite is that of "${site}"`;
}
