/**
 * Pixels of whatever can be drawn, at the size and with the channels that a network takes.
 */
import type { InputSize } from '../worker/imagesTasks.ts';

/** Bytes `[height, width, channels]` of RGBA ones: all three colours, or their mean. */
export function withChannels(rgba: ArrayLike<number>, channels: number): Uint8Array {
  const count = rgba.length / 4;
  const pixels = new Uint8Array(count * channels);
  for (let i = 0; i < count; i++) {
    const [r, g, b] = [rgba[4 * i]!, rgba[4 * i + 1]!, rgba[4 * i + 2]!];
    if (channels === 1) pixels[i] = Math.round((r + g + b) / 3);
    else pixels.set([r, g, b], 3 * i);
  }
  return pixels;
}

/** RGBA of such bytes, to be shown. */
export function toRgba(pixels: ArrayLike<number>, channels: number): Uint8ClampedArray<ArrayBuffer> {
  const count = pixels.length / channels;
  const rgba = new Uint8ClampedArray(4 * count);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) rgba[4 * i + c] = pixels[channels === 1 ? i : 3 * i + c]!;
    rgba[4 * i + 3] = 255;
  }
  return rgba;
}

/** Where the middle of an image comes to lie that just covers a size: what `drawImage` wants. */
export function coverBox(
  image: { width: number; height: number },
  [height, width]: InputSize,
): readonly [x: number, y: number, width: number, height: number] {
  const scale = Math.max(width / image.width, height / image.height);
  const [w, h] = [scale * image.width, scale * image.height];
  return [(width - w) / 2, (height - h) / 2, w, h];
}

/** The middle of an image, scaled. */
export function pixelsOf(image: CanvasImageSource & { width: number; height: number }, size: InputSize): Uint8Array {
  const [height, width, channels] = size;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, ...coverBox(image, size));
  return withChannels(context.getImageData(0, 0, width, height).data, channels);
}

/** Pixels as the address of an image. */
export function addressOf(pixels: Uint8Array, [height, width, channels]: InputSize): string {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext('2d')!.putImageData(new ImageData(toRgba(pixels, channels), width, height), 0, 0);
  return canvas.toDataURL();
}
