/**
 * What a network says of the plane, as an image: from clear, where it says 0, to a colour, where it says 1.
 */

/** One hue that shows on light and on dark pages. */
const COLOUR = [84, 118, 170] as const;
/** Opacity where the network is sure of class 1, of 255. */
const OPAQUE = 140;

/** Pixels of an image, `size²`, for logits on the grid. */
export function heatMap(logits: ArrayLike<number>, size: number): ImageData {
  const image = new ImageData(size, size);
  for (let i = 0; i < logits.length; i++) {
    const share = 1 / (1 + Math.exp(-logits[i]!));
    image.data.set(COLOUR, 4 * i);
    image.data[4 * i + 3] = Math.round(OPAQUE * share);
  }
  return image;
}
