/**
 * Bring an image to a size by scaling and cropping, to the last bit as Pillow and torchvision do it. Accuracy of
 * pretrained networks hangs on it: other libraries' "bilinear" lacks the antialiasing, or shifts by half a pixel.
 */

/**
 * Scale an image, its proportions kept, until it just covers `size`, and crop it about its centre.
 *
 * Bilinear, with the triangle widened by the scale where the image shrinks (antialiasing), in the fixed-point
 * arithmetic of Pillow's `Image.resize(..., BILINEAR)`: first along the rows, then down the columns, rounded to
 * bytes after each. Sizes and offsets are those of torchvision's `Resize` and `CenterCrop`; for a square `size` the
 * result equals `CenterCrop(s)(Resize(s)(image))`.
 *
 * @param pixels Bytes, row-major `[height, width, channels]`; not changed.
 * @param shape `[height, width, channels]` of `pixels`.
 * @param size `[height, width]` wanted.
 * @returns New bytes `[...size, channels]`.
 * @throws RangeError when a size is not a positive whole number or `pixels` do not have `shape`.
 */
export function resizeToCover(
  pixels: Uint8Array,
  shape: readonly [height: number, width: number, channels: number],
  size: readonly [height: number, width: number],
): Uint8Array {
  const [height, width, channels] = shape;
  if (![...shape, ...size].every((side) => Number.isInteger(side) && side > 0) || pixels.length !== height * width * channels) {
    throw new RangeError(`resizeToCover: expected ${shape.join(' x ')} bytes and a size of positive whole numbers, got ${pixels.length} bytes and ${size.join(' x ')}`);
  }
  // Compared without division, so that equal proportions are found equal.
  const fitHeight = size[0] * width >= size[1] * height;
  const scaled = fitHeight
    ? [size[0], Math.floor((size[0] * width) / height)] as const
    : [Math.floor((size[1] * height) / width), size[1]] as const;
  const rows = weightsOf(height, scaled[0], roundHalfEven((scaled[0] - size[0]) / 2), size[0]);
  const columns = weightsOf(width, scaled[1], roundHalfEven((scaled[1] - size[1]) / 2), size[1]);

  // Seen as [outer, axis, inner], both passes are one: columns have an inner size of the channels, rows of a row.
  const narrow = resample(pixels, height, width, channels, columns);
  return resample(narrow, 1, height, size[1] * channels, rows);
}

/** The input pixels an output pixel is the weighted mean of. */
interface Weights {
  readonly first: number;
  /** In units of 2^-22, as Pillow has them: bytes times weights then fit an int32. */
  readonly weights: readonly number[];
}

const precisionBits = 22;

/** Weights of the output pixels `offset` to `offset + count` when `from` pixels are scaled to `to`. */
function weightsOf(from: number, to: number, offset: number, count: number): Weights[] {
  const scale = from / to;
  const support = Math.max(scale, 1);
  return Array.from({ length: count }, (_, i) => {
    const centre = (offset + i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const end = Math.min(from, Math.trunc(centre + support + 0.5));
    const triangle = Array.from({ length: end - first }, (_, x) => Math.max(0, 1 - Math.abs((first + x - centre + 0.5) / support)));
    const sum = triangle.reduce((total, weight) => total + weight, 0);
    return { first, weights: triangle.map((weight) => Math.trunc(0.5 + (weight / sum) * 2 ** precisionBits)) };
  });
}

/** Resample the middle axis of bytes seen as `[outer, axis, inner]`. */
function resample(pixels: Uint8Array, outer: number, axis: number, inner: number, outputs: readonly Weights[]): Uint8Array {
  const result = new Uint8Array(outer * outputs.length * inner);
  let position = 0;
  for (let o = 0; o < outer; o++) {
    for (const { first, weights } of outputs) {
      const start = (o * axis + first) * inner;
      for (let c = 0; c < inner; c++) {
        let sum = 1 << (precisionBits - 1);
        for (let k = 0; k < weights.length; k++) sum += (pixels[start + k * inner + c] ?? 0) * (weights[k] ?? 0);
        result[position++] = Math.min(255, sum >> precisionBits);
      }
    }
  }
  return result;
}

/** As Python's `round`, by which torchvision finds the corner of a crop. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
