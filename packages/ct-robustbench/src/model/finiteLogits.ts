/**
 * Refuses logits from which no accuracy could be computed.
 */
import type { Logits } from './attackedModel.js';

/**
 * @param rows Number of images whose logits are looked at.
 * @param imageOf The number of an image, for the error.
 * @throws RangeError at the first logit of a clean image that is NaN or infinite.
 */
export function checkFiniteLogits(
  caller: string,
  { data, classes }: Logits,
  rows: number,
  imageOf: (row: number) => number,
): void {
  const at = data.subarray(0, rows * classes).findIndex((logit) => !Number.isFinite(logit));
  if (at < 0) return;
  throw new RangeError(
    `${caller}: model must return finite logits, got ${data[at]} for image ` +
      `${imageOf(Math.floor(at / classes))}; are its weights and its normalisation finite?`,
  );
}
