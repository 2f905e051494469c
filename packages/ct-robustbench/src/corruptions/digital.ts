/**
 * What cameras and files do: contrast, and too few pixels.
 */
import type { Picture } from './picture.js';
import { like } from './picture.js';

/** (x − mean)·c + mean, the mean taken over each channel. */
export function contrast(picture: Picture, [factor]: readonly number[]): Picture {
  const { channels, data } = picture;
  const means = new Float64Array(channels);
  data.forEach((value, i) => (means[i % channels]! += (value * channels) / data.length));
  return like(
    picture,
    data.map((value, i) => (value - means[i % channels]!) * factor! + means[i % channels]!),
  );
}

/** Fewer pixels, and back, both by averaging over boxes (Pillow's BOX filter, on bytes). */
export function pixelate(picture: Picture, [share]: readonly number[]): Picture {
  const { height, width } = picture;
  const bytes = like(
    picture,
    picture.data.map((value) => Math.round(value * 255)),
  );
  const small = resizeByBoxes(bytes, Math.trunc(height * share!), Math.trunc(width * share!));
  const large = resizeByBoxes(small, height, width);
  return like(
    picture,
    large.data.map((value) => value / 255),
  );
}

function resizeByBoxes(picture: Picture, height: number, width: number): Picture {
  const narrow = new Float64Array(picture.height * width * picture.channels);
  const { channels } = picture;
  boxes(picture.width, width).forEach((weights, x) => {
    for (let y = 0; y < picture.height; y++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (const [from, weight] of weights) sum += weight * picture.data[(y * picture.width + from) * channels + c]!;
        narrow[(y * width + x) * channels + c] = Math.floor(sum + 0.5);
      }
    }
  });
  const data = new Float64Array(height * width * channels);
  boxes(picture.height, height).forEach((weights, y) => {
    for (let i = 0; i < width * channels; i++) {
      let sum = 0;
      for (const [from, weight] of weights) sum += weight * narrow[from * width * channels + i]!;
      data[y * width * channels + i] = Math.floor(sum + 0.5);
    }
  });
  return { height, width, channels, data };
}

/** Which pixels of a row make each pixel of the resized row, and with what weights. */
function boxes(before: number, after: number): [number, number][][] {
  const scale = before / after;
  const filterScale = Math.max(scale, 1);
  return Array.from({ length: after }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - 0.5 * filterScale + 0.5));
    const last = Math.min(before, Math.trunc(centre + 0.5 * filterScale + 0.5));
    const hits: number[] = [];
    for (let k = first; k < last; k++) {
      const distance = (k - centre + 0.5) / filterScale;
      if (distance > -0.5 && distance <= 0.5) hits.push(k);
    }
    return hits.map((k): [number, number] => [k, 1 / hits.length]);
  });
}
