/**
 * JPEG, as far as it changes pixels: colour transform, halved colour resolution, and DCT coefficients rounded to
 * multiples of the quantisation tables. The lossless rest of the format changes nothing and is left out.
 *
 * Source: ITU-T T.81, annex A and the tables of annex K; quality factors as the Independent JPEG Group's library
 * defines them, colour resolution as Pillow chooses it (4:2:0).
 */
import type { Picture } from './picture.js';
import { like } from './picture.js';

const LUMINANCE = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51,
  87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
];
const CHROMINANCE = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99,
];

/** cos((2x + 1)uπ/16)·c(u)/2 at [u][x]: the orthonormal DCT. */
const BASIS = Array.from({ length: 8 }, (_, u) =>
  Array.from({ length: 8 }, (_, x) => Math.cos(((2 * x + 1) * u * Math.PI) / 16) * (u === 0 ? Math.SQRT1_2 : 1) * 0.5),
);

/** Pixels as they come back from a JPEG file of the given quality (1 to 100); one or three channels. */
export function jpegCompression(picture: Picture, [quality]: readonly number[]): Picture {
  const { channels } = picture;
  if (channels !== 1 && channels !== 3)
    throw new TypeError(`jpeg_compression: images must have 1 or 3 channels, got ${channels}`);
  const bytes = picture.data.map((value) => Math.round(value * 255));
  if (channels === 1)
    return like(
      picture,
      compress(plane(picture, bytes), table(LUMINANCE, quality!)).data.map((value) => value / 255),
    );
  return like(
    picture,
    throughColours(picture, bytes, quality!).map((value) => value / 255),
  );
}

interface Plane {
  height: number;
  width: number;
  data: Float64Array;
}

function plane({ height, width }: { height: number; width: number }, data: Float64Array): Plane {
  return { height, width, data };
}

function throughColours(picture: Picture, rgb: Float64Array, quality: number): Float64Array {
  const pixels = picture.height * picture.width;
  const [y, cb, cr] = [0, 1, 2].map(() => plane(picture, new Float64Array(pixels))) as [Plane, Plane, Plane];
  for (let i = 0; i < pixels; i++) {
    const [r, g, b] = [rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!];
    y.data[i] = Math.round(0.299 * r + 0.587 * g + 0.114 * b);
    cb.data[i] = Math.round(-0.168735892 * r - 0.331264108 * g + 0.5 * b + 128);
    cr.data[i] = Math.round(0.5 * r - 0.418687589 * g - 0.081312411 * b + 128);
  }
  const light = compress(y, table(LUMINANCE, quality));
  const [blue, red] = [cb, cr].map((colour) =>
    enlarge(compress(halve(colour), table(CHROMINANCE, quality)), picture),
  ) as [Plane, Plane];
  const out = new Float64Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    const [u, v] = [blue.data[i]! - 128, red.data[i]! - 128];
    out[3 * i] = byte(light.data[i]! + 1.402 * v);
    out[3 * i + 1] = byte(light.data[i]! - 0.344136286 * u - 0.714136286 * v);
    out[3 * i + 2] = byte(light.data[i]! + 1.772 * u);
  }
  return out;
}

function table(base: readonly number[], quality: number): number[] {
  const scale = quality < 50 ? Math.trunc(5000 / quality) : 200 - 2 * quality;
  return base.map((value) => Math.min(Math.max(Math.trunc((value * scale + 50) / 100), 1), 255));
}

/** Block by block: transform, round to multiples of the table, transform back. */
function compress({ height, width, data }: Plane, steps: readonly number[]): Plane {
  const out = new Float64Array(height * width);
  const block = new Float64Array(64);
  for (let top = 0; top < height; top += 8) {
    for (let left = 0; left < width; left += 8) {
      // Blocks beyond the border repeat the last pixel.
      for (let i = 0; i < 64; i++)
        block[i] = data[Math.min(top + (i >> 3), height - 1) * width + Math.min(left + (i & 7), width - 1)]! - 128;
      const coefficients = transform(block, false).map(
        (value, i) => Math.sign(value) * Math.floor(Math.abs(value) / steps[i]! + 0.5) * steps[i]!,
      );
      const back = transform(coefficients, true);
      for (let i = 0; i < 64; i++) {
        const [y, x] = [top + (i >> 3), left + (i & 7)];
        if (y < height && x < width) out[y * width + x] = byte(back[i]! + 128);
      }
    }
  }
  return { height, width, data: out };
}

function transform(block: Float64Array, inverse: boolean): Float64Array {
  const rows = new Float64Array(64);
  const out = new Float64Array(64);
  const weight = (k: number, n: number): number => (inverse ? BASIS[n]![k]! : BASIS[k]![n]!);
  for (let y = 0; y < 8; y++)
    for (let k = 0; k < 8; k++) for (let n = 0; n < 8; n++) rows[8 * y + k]! += weight(k, n) * block[8 * y + n]!;
  for (let x = 0; x < 8; x++)
    for (let k = 0; k < 8; k++) for (let n = 0; n < 8; n++) out[8 * k + x]! += weight(k, n) * rows[8 * n + x]!;
  return out;
}

/** Half the resolution: means of 2 × 2 pixels, halves rounded up and down in turn as the library does. */
function halve({ height, width, data }: Plane): Plane {
  const [rows, columns] = [(height + 1) >> 1, (width + 1) >> 1];
  const out = new Float64Array(rows * columns);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const [y1, x1] = [Math.min(2 * y + 1, height - 1), Math.min(2 * x + 1, width - 1)];
      const sum =
        data[2 * y * width + 2 * x]! + data[2 * y * width + x1]! + data[y1 * width + 2 * x]! + data[y1 * width + x1]!;
      out[y * columns + x] = Math.floor((sum + 1 + (x & 1)) / 4);
    }
  }
  return { height: rows, width: columns, data: out };
}

/** Twice the resolution: each pixel is 9/16 of the nearest, 3/16 of two neighbours and 1/16 of the diagonal one. */
function enlarge({ height, width, data }: Plane, to: { height: number; width: number }): Plane {
  const out = new Float64Array(to.height * to.width);
  for (let y = 0; y < to.height; y++) {
    const near = y >> 1;
    const far = Math.min(Math.max(near + (y & 1 ? 1 : -1), 0), height - 1);
    for (let x = 0; x < to.width; x++) {
      const column = x >> 1;
      const beside = Math.min(Math.max(column + (x & 1 ? 1 : -1), 0), width - 1);
      const mix = (c: number): number => 3 * data[near * width + c]! + data[far * width + c]!;
      out[y * to.width + x] = Math.floor((3 * mix(column) + mix(beside) + (x & 1 ? 7 : 8)) / 16);
    }
  }
  return { height: to.height, width: to.width, data: out };
}

function byte(value: number): number {
  return Math.min(Math.max(Math.round(value), 0), 255);
}
