/**
 * One image, and the filters that several corruptions share.
 */

/** Row-major values, `[height, width, channels]`. */
export interface Picture {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float64Array;
}

/** A picture of the same shape with other values. */
export function like(
  { height, width, channels }: Picture,
  data: Float64Array = new Float64Array(height * width * channels),
): Picture {
  return { height, width, channels, data };
}

/**
 * How a filter continues a picture beyond its border, for the row abc: aabc (nearest), baabc (reflect), cbabc (mirror).
 */
export type Border = 'nearest' | 'reflect' | 'mirror';

/** The index inside of `size` that stands for `i`. */
export function inside(i: number, size: number, border: Border): number {
  if (border === 'nearest' || size === 1) return Math.min(Math.max(i, 0), size - 1);
  const period = border === 'reflect' ? 2 * size : 2 * size - 2;
  const at = ((i % period) + period) % period;
  return at < size ? at : border === 'reflect' ? period - 1 - at : period - at;
}

/** Gaussian blur, cut off at `truncate` sigmas; sigma 0 changes nothing. */
export function gaussianBlur(picture: Picture, sigma: number, border: Border, truncate: number): Picture {
  if (sigma === 0) return picture;
  const radius = Math.trunc(truncate * sigma + 0.5);
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, k) =>
    Math.exp((-0.5 * (k - radius) ** 2) / sigma ** 2),
  );
  const total = weights.reduce((sum, w) => sum + w, 0);
  const kernel = weights.map((w) => w / total);
  const { length } = kernel;
  const down = filter(picture, { weights: kernel, rows: length, columns: 1 }, border);
  return filter(down, { weights: kernel, rows: 1, columns: length }, border);
}

/** Weights of a pixel's surroundings, row by row; rows and columns are odd. */
export interface Kernel {
  readonly weights: Float64Array;
  readonly rows: number;
  readonly columns: number;
}

/** Correlation with a kernel around each pixel. */
export function filter(picture: Picture, { weights, rows, columns }: Kernel, border: Border): Picture {
  const { height, width, channels, data } = picture;
  const out = like(picture);
  const ys = Array.from({ length: height + rows - 1 }, (_, y) => inside(y - (rows >> 1), height, border));
  const xs = Array.from({ length: width + columns - 1 }, (_, x) => inside(x - (columns >> 1), width, border));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) {
          const weight = weights[i * columns + j]!;
          if (weight === 0) continue;
          const from = (ys[y + i]! * width + xs[x + j]!) * channels;
          for (let c = 0; c < channels; c++) out.data[(y * width + x) * channels + c]! += weight * data[from + c]!;
        }
      }
    }
  }
  return out;
}

/** A point between pixels, in pixels from the middle of the first. */
export interface Point {
  readonly y: number;
  readonly x: number;
}

/** The value of a channel at a point, by bilinear interpolation. */
export function sample({ height, width, channels, data }: Picture, { y, x }: Point, c: number, border: Border): number {
  const top = Math.floor(y);
  const left = Math.floor(x);
  const at = (i: number, j: number): number =>
    data[(inside(i, height, border) * width + inside(j, width, border)) * channels + c]!;
  const v = y - top;
  const u = x - left;
  return (
    (1 - v) * ((1 - u) * at(top, left) + u * at(top, left + 1)) +
    v * ((1 - u) * at(top + 1, left) + u * at(top + 1, left + 1))
  );
}

/** The middle of the picture enlarged by `factor` to the picture's size, bilinearly, corner pixel onto corner pixel. */
export function zoomIn(picture: Picture, factor: number): Picture {
  const { height, width, channels } = picture;
  const [cropHeight, cropWidth] = [Math.ceil(height / factor), Math.ceil(width / factor)];
  const [top, left] = [(height - cropHeight) >> 1, (width - cropWidth) >> 1];
  // Python rounds halves to even; such sizes do not occur at the factors used.
  const [zoomedHeight, zoomedWidth] = [Math.round(cropHeight * factor), Math.round(cropWidth * factor)];
  const [trimTop, trimLeft] = [(zoomedHeight - height) >> 1, (zoomedWidth - width) >> 1];
  const scaleY = zoomedHeight > 1 ? (cropHeight - 1) / (zoomedHeight - 1) : 0;
  const scaleX = zoomedWidth > 1 ? (cropWidth - 1) / (zoomedWidth - 1) : 0;
  const out = like(picture);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) {
        out.data[(y * width + x) * channels + c] = sample(
          picture,
          { y: top + (y + trimTop) * scaleY, x: left + (x + trimLeft) * scaleX },
          c,
          'nearest',
        );
      }
    }
  }
  return out;
}

/**
 * ImageMagick's motion blur: a trail of Gaussian weights to one side, along whole pixels.
 *
 * @param angle Degrees.
 * Source: GetMotionBlurKernel and MotionBlurImage of ImageMagick's effect.c.
 */
export function motionBlur(picture: Picture, radius: number, sigma: number, angle: number): Picture {
  const { height, width, channels, data } = picture;
  const length = 2 * Math.ceil(radius) + 1;
  const weights = Array.from({ length }, (_, i) => Math.exp((-i * i) / (2 * sigma * sigma)));
  const total = weights.reduce((sum, w) => sum + w, 0);
  const radians = (angle * Math.PI) / 180;
  const out = like(picture);
  weights.forEach((weight, i) => {
    const dx = Math.ceil(i * Math.cos(radians) - 0.5);
    const dy = Math.ceil(i * Math.sin(radians) - 0.5);
    for (let y = 0; y < height; y++) {
      const row = inside(y + dy, height, 'nearest') * width;
      for (let x = 0; x < width; x++) {
        const from = (row + inside(x + dx, width, 'nearest')) * channels;
        for (let c = 0; c < channels; c++)
          out.data[(y * width + x) * channels + c]! += (weight / total) * data[from + c]!;
      }
    }
  });
  return out;
}

/** Brightness as eyes weigh it, one channel (ITU-R BT.601). */
export function grey(picture: Picture): Picture {
  const { height, width, channels, data } = picture;
  if (channels !== 3) return { height, width, channels: 1, data: data.filter((_, i) => i % channels === 0) };
  return {
    height,
    width,
    channels: 1,
    data: Float64Array.from(
      { length: height * width },
      (_, i) => 0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!,
    ),
  };
}

/** The value, held within [0, 1]. */
export function clipUnit(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
