/**
 * Bytes of an image, from wherever a program has it: a tensor of any backend, ImageData, or whatever a canvas draws.
 */

import { isTensor } from '@curvature-tuning/checks';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Pixels as a canvas gives them: RGBA, four bytes each. */
export interface ImageDataLike {
  readonly data: Uint8ClampedArray | Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** What a canvas draws, by what is asked of it: an ImageBitmap, a canvas, an image, a frame of a video. */
export interface Drawable {
  readonly width?: number | undefined;
  readonly height?: number | undefined;
  /** Of an image, its size in the file, whatever its size in the page. */
  readonly naturalWidth?: number | undefined;
  readonly naturalHeight?: number | undefined;
}

/** An image: 8-bit pixels, or what they can be had from. */
export type ImageSource = Tensor | ImageDataLike | Drawable;

/** 8-bit pixels of one channel or three. */
export interface PixelBytes {
  readonly values: Uint8Array;
  readonly shape: readonly [height: number, width: number, channels: 1 | 3];
}

/**
 * Reads an image as bytes. Tensors are `[height, width, channels]`, or `[1, height, width, channels]`: int32 are bytes,
 * float32 are in [0, 1] and rounded to bytes. Transparency is dropped and not blended.
 *
 * @throws TypeError for what is no image; RangeError for tensors of another shape or range, naming the value.
 */
export async function pixelsOf(image: ImageSource): Promise<PixelBytes> {
  if (isTensor(image)) return ofTensor(image);
  if (isImageData(image)) return ofImageData(image);
  return ofImageData(draw(image));
}

async function ofTensor(image: Tensor): Promise<PixelBytes> {
  const shape = image.rank === 4 && image.shape[0] === 1 ? image.shape.slice(1) : image.shape;
  const [height, width, channels] = shape;
  if (shape.length !== 3 || !(channels === 1 || channels === 3))
    throw new RangeError(
      `preprocess: image must be a tensor [height, width, 1 or 3], got [${image.shape.join(', ')}]; slice a batch`,
    );
  if (image.dtype !== 'int32' && image.dtype !== 'float32')
    throw new TypeError(`preprocess: image must be an int32 or float32 tensor, got ${image.dtype}`);
  const [values, scale] = [await image.data(), image.dtype === 'float32' ? 255 : 1];
  const bytes = new Uint8Array(values.length);
  for (let i = 0; i < bytes.length; i++) {
    const value = values[i]! * scale;
    // A little outside is what a resize on the way leaves.
    if (!(value > -0.5 && value < 255.5))
      throw new RangeError(
        `preprocess: image must be ${scale === 1 ? 'int32 in [0, 255]' : 'float32 in [0, 1]'}, got ${values[i]}; ` +
          (scale === 1 ? 'pass pixels' : 'divide pixels by 255, or cast them to int32'),
      );
    bytes[i] = Math.round(value);
  }
  return { values: bytes, shape: [height!, width!, channels] };
}

function ofImageData({ data, width, height }: ImageDataLike): PixelBytes {
  if (data.length !== 4 * width * height)
    throw new RangeError(`preprocess: image must be RGBA of ${width} x ${height} pixels, got ${data.length} bytes`);
  const values = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    values[to++] = data[from]!;
    values[to++] = data[from + 1]!;
    values[to++] = data[from + 2]!;
  }
  return { values, shape: [height, width, 3] };
}

function isImageData(image: ImageSource): image is ImageDataLike {
  const { data } = image as Partial<ImageDataLike>;
  return /^\[object Uint8(Clamped)?Array\]$/.test(Object.prototype.toString.call(data));
}

function draw(image: Drawable): ImageDataLike {
  const width = image.naturalWidth ?? image.width;
  const height = image.naturalHeight ?? image.height;
  if (typeof OffscreenCanvas === 'undefined' || !(width! > 0 && height! > 0))
    throw new TypeError(
      'preprocess: image must be a tensor, ImageData or, in a page, an ImageBitmap or what else a canvas draws; in ' +
        'Node, loadImages of @curvature-tuning/datasets/node takes files',
    );
  const canvas = new OffscreenCanvas(width!, height!);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.drawImage(image as CanvasImageSource, 0, 0);
  return context.getImageData(0, 0, width!, height!);
}
