/**
 * Changes of images at random, as torchvision makes them of Pillow images; what is drawn is a function of a seed, the
 * example and the epoch.
 */
import { check, count, flag, options as optionsOf, real, seed as seedSchema, whole } from '@curvature-tuning/checks';
import type { Entries } from '@curvature-tuning/checks';
import type { ExamplePlace, Pixels } from '@curvature-tuning/data';
import { mersenne } from 'pure-rand/generator/mersenne';

/** What {@link augment} does, in this order. */
export interface AugmentOptions {
  /** `RandomCrop(crop, padding)`: the side of the square that is cut out; none unless told. */
  readonly crop?: number | undefined;
  /** Black pixels around the image before it is cropped; 0 unless told. */
  readonly padding?: number | undefined;
  /** `RandomHorizontalFlip`: whether every other image is mirrored; false unless told. */
  readonly flip?: boolean | undefined;
  /** `RandomRotation(degrees)`: the most it is turned either way, nearest pixel, corners black; 0 unless told. */
  readonly degrees?: number | undefined;
  /** Whole number in [0, 2^32), 42 unless told. */
  readonly seed?: number | undefined;
}

export const augmentArguments: Entries<{ options: AugmentOptions }> = {
  options: optionsOf<AugmentOptions>({
    crop: count,
    padding: whole({ min: 0 }),
    flip: flag,
    degrees: real({ min: 0, max: 180 }),
    seed: seedSchema,
  }),
};

/**
 * A function for `DataSet.map` that crops, mirrors and turns images at random: bytes `[height, width, channels]`.
 *
 *     const train = cifar.map(augment({ crop: 32, padding: 4, flip: true, degrees: 15 }));
 *
 * That is the paper's pipeline for networks of CIFAR. The random numbers are not torch's.
 *
 * @throws TypeError or RangeError on a bad option; the function made, on an image smaller than the crop.
 */
export function augment(options: AugmentOptions): (pixels: Pixels, place: ExamplePlace) => Pixels {
  check('augment', augmentArguments, { options });
  const { crop, padding = 0, flip = false, degrees = 0, seed = 42 } = options;
  return (pixels, { index, epoch }) => {
    const generator = mersenne((seed ^ Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(epoch, 0x85ebca6b)) >>> 0);
    const uniform = (): number => (generator.next() >>> 0) / 2 ** 32;
    const [top, left, mirrors, turn] = [uniform(), uniform(), uniform() < 0.5, (2 * uniform() - 1) * degrees];
    let image = pixels;
    if (crop !== undefined) {
      const [height = 0, width = 0] = image.shape;
      const room = [height, width].map((side) => side + 2 * padding - crop + 1);
      if (Math.min(...room) < 1)
        throw new RangeError(`augment: an image of ${height} x ${width} is smaller than the crop of ${crop}`);
      const [y, x] = [Math.floor(top * room[0]!) - padding, Math.floor(left * room[1]!) - padding];
      image = remap(image, [crop, crop], (row, column) => [row + y, column + x]);
    }
    if (flip && mirrors) {
      const [height = 0, width = 0] = image.shape;
      image = remap(image, [height, width], (row, column) => [row, width - 1 - column]);
    }
    return degrees > 0 ? rotate(image, turn) : image;
  };
}

/** Turned by degrees about the centre, counter-clockwise, to the bit as Pillow's `Image.rotate`, nearest pixel. */
export function rotate(pixels: Pixels, degrees: number): Pixels {
  const [height = 0, width = 0] = pixels.shape;
  const angle = (-(((degrees % 360) + 360) % 360) * Math.PI) / 180;
  const round = (value: number): number => Number(value.toFixed(15));
  const [a, b, d, e] = [Math.cos(angle), Math.sin(angle), -Math.sin(angle), Math.cos(angle)].map(round) as [
    number,
    number,
    number,
    number,
  ];
  const [cx, cy] = [width / 2, height / 2];
  const c = a * -cx + b * -cy + cx;
  const f = d * -cx + e * -cy + cy;
  // Pillow works in units of 2^-16.
  const fixed = (value: number): number => Math.floor(value * 65536 + 0.5);
  const [fa, fb, fd, fe] = [a, b, d, e].map(fixed) as [number, number, number, number];
  const [x0, y0] = [fixed(c + a * 0.5 + b * 0.5), fixed(f + d * 0.5 + e * 0.5)];
  return remap(pixels, [height, width], (row, column) => [
    Math.floor((y0 + fe * row + fd * column) / 65536),
    Math.floor((x0 + fb * row + fa * column) / 65536),
  ]);
}

/** An image each of whose pixels is one of `pixels`, or black where there is none. */
function remap(
  { values, shape }: Pixels,
  [rows, columns]: readonly [number, number],
  from: (row: number, column: number) => readonly [row: number, column: number],
): Pixels {
  const [height = 0, width = 0, channels = 1] = shape;
  const result = new (values.constructor as Uint8ArrayConstructor)(rows * columns * channels);
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0; column < columns; column++, at += channels) {
      const [y, x] = from(row, column);
      if (y < 0 || y >= height || x < 0 || x >= width) continue;
      for (let channel = 0; channel < channels; channel++)
        result[at + channel] = values[(y * width + x) * channels + channel]!;
    }
  return { values: result, shape: [rows, columns, channels] };
}
