/**
 * Snow, frost, fog; and brightness.
 */
import type { RandomStream } from '../data/randomStream.js';
import type { Picture } from './picture.js';
import { clipUnit, grey, like, motionBlur, zoomIn } from './picture.js';
import { plasma } from './plasma.js';

/** Flakes in two directions on a picture whose colours fade to white. */
export function snow(
  picture: Picture,
  [mean, deviation, zoom, threshold, radius, sigma, keep]: readonly number[],
  random: RandomStream,
): Picture {
  const { height, width, channels } = picture;
  const noise = {
    height,
    width,
    channels: 1,
    data: Float64Array.from({ length: height * width }, () => mean! + deviation! * random.normal()),
  };
  const flakes = zoomIn(noise, zoom!).data.map(
    (value) => Math.trunc(255 * (value < threshold! ? 0 : clipUnit(value))) / 255,
  );
  const layer = motionBlur({ ...noise, data: flakes }, radius!, sigma!, -135 + 90 * random.uniform()).data;
  const light = grey(picture).data;
  return like(
    picture,
    picture.data.map((value, i) => {
      const pixel = Math.floor(i / channels);
      const faded = keep! * value + (1 - keep!) * Math.max(value, 1.5 * light[pixel]! + 0.5);
      return faded + layer[pixel]! + layer[layer.length - 1 - pixel]!;
    }),
  );
}

/**
 * Frost on the window: a·x + b·texture.
 *
 * The original cuts its textures from six photographs; here they are made: two ridged height maps, whose crests are
 * the crystals. Figures with `frost` are therefore not comparable with published ones; feed the published files.
 */
export function frost(picture: Picture, [keep, strength]: readonly number[], random: RandomStream): Picture {
  const { height, width, channels } = picture;
  const side = Math.max(height, width);
  const [coarse, fine] = [plasma(side, 1.8, random), plasma(side, 1.3, random)];
  const texture = (i: number): number => {
    const at = Math.floor(i / width) * coarse.side + (i % width);
    const ridge = (height: number): number => 1 - Math.abs(2 * height - 1);
    return ridge(coarse.heights[at]!) ** 2 * (0.4 + 0.6 * ridge(fine.heights[at]!));
  };
  const values = Float64Array.from({ length: height * width }, (_, i) => texture(i));
  // Ice looks blue: the photographs' red is weaker than their blue.
  const tint = channels === 3 ? [0.9, 0.97, 1] : [1];
  return like(
    picture,
    picture.data.map(
      (value, i) => keep! * value + strength! * values[Math.floor(i / channels)]! * (tint[i % channels] ?? 1),
    ),
  );
}

/** Fog of uneven density: (x + s·plasma)·m/(m + s) with m the picture's largest value. */
export function fog(picture: Picture, [strength, decay]: readonly number[], random: RandomStream): Picture {
  const { height, width, channels, data } = picture;
  const { heights, side } = plasma(Math.max(height, width), decay!, random);
  const largest = data.reduce((most, value) => Math.max(most, value), 0);
  return like(
    picture,
    data.map((value, i) => {
      const pixel = Math.floor(i / channels);
      const density = heights[Math.floor(pixel / width) * side + (pixel % width)]!;
      return ((value + strength! * density) * largest) / (largest + strength!);
    }),
  );
}

/** The value V of hue, saturation, value rises by c; hue and saturation stay. */
export function brightness(picture: Picture, [rise]: readonly number[]): Picture {
  const { channels, data } = picture;
  const out = data.slice();
  for (let from = 0; from < data.length; from += channels) {
    let value = 0;
    for (let c = 0; c < channels; c++) value = Math.max(value, data[from + c]!);
    const brighter = clipUnit(value + rise!);
    // Black has no hue: it becomes grey.
    for (let c = 0; c < channels; c++) out[from + c] = value > 0 ? (data[from + c]! * brighter) / value : brighter;
  }
  return like(picture, out);
}
