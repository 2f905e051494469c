/**
 * The blurs, and the elastic transform.
 */
import type { RandomStream } from '../data/randomStream.js';
import type { Picture } from './picture.js';
import { filter, gaussianBlur, like, motionBlur, sample, zoomIn } from './picture.js';

/** Out of focus: correlation with a disk whose edge is smoothed. */
export function defocusBlur(picture: Picture, [radius, edge]: readonly number[]): Picture {
  const kernel = disk(radius!, edge!);
  const side = Math.sqrt(kernel.length);
  return filter(picture, { weights: kernel, rows: side, columns: side }, 'mirror');
}

/** A disk of the given radius and sum 1 on a square grid, smoothed by a Gaussian of 3 × 3 (5 × 5 beyond radius 8). */
export function disk(radius: number, edge: number): Float64Array {
  const half = radius <= 8 ? 8 : radius;
  const side = 2 * half + 1;
  const flat = Float64Array.from({ length: side * side }, (_, i) =>
    Number(((i % side) - half) ** 2 + (Math.floor(i / side) - half) ** 2 <= radius ** 2),
  );
  const total = flat.reduce((sum, value) => sum + value, 0);
  const picture = { height: side, width: side, channels: 1, data: flat.map((value) => value / total) };
  const reach = radius <= 8 ? 1 : 2;
  return gaussianBlur(picture, edge, 'mirror', reach / edge).data;
}

/**
 * Frosted glass: blur, then pixels take the value of a random neighbour, then blur again.
 *
 * The original means to swap two pixels; numpy's views make both take the second one's value, in the published files
 * too, and so it is here.
 */
export function glassBlur(picture: Picture, [sigma, reach, passes]: readonly number[], random: RandomStream): Picture {
  const { height, width, channels } = picture;
  const soft = gaussianBlur(picture, sigma!, 'nearest', 4);
  const data = soft.data.map((value) => Math.trunc(value * 255) / 255);
  const most = reach!;
  for (let pass = 0; pass < passes!; pass++) {
    for (let y = height - most; y > most; y--) {
      for (let x = width - most; x > most; x--) {
        const dx = random.below(2 * most) - most;
        const dy = random.below(2 * most) - most;
        const from = ((y + dy) * width + x + dx) * channels;
        data.copyWithin((y * width + x) * channels, from, from + channels);
      }
    }
  }
  return gaussianBlur(like(picture, data), sigma!, 'nearest', 4);
}

/** A camera that moves along a line within 45° of the horizontal. */
export function cameraMotion(picture: Picture, [radius, sigma]: readonly number[], random: RandomStream): Picture {
  return motionBlur(picture, radius!, sigma!, 90 * random.uniform() - 45);
}

/** A camera that moves towards the scene: the mean of the picture and its enlargements. */
export function zoomBlur(picture: Picture, [end, step]: readonly number[]): Picture {
  // As many factors as numpy's arange yields for these numbers, rounding included.
  const count = Math.ceil((end! - 1) / step!);
  const sum = picture.data.slice();
  for (let k = 0; k < count; k++) zoomIn(picture, 1 + k * step!).data.forEach((value, i) => (sum[i]! += value));
  return like(
    picture,
    sum.map((value) => value / (count + 1)),
  );
}

/** A random affine map of the picture, then smooth random shifts of its pixels. */
export function elasticTransform(
  picture: Picture,
  [size, sigma, affine]: readonly number[],
  random: RandomStream,
): Picture {
  const { height, width, channels } = picture;
  const moved = affineMap(picture, affine!, random);
  const shifts = (): Float64Array => {
    const noise = {
      height,
      width,
      channels: 1,
      data: Float64Array.from({ length: height * width }, () => 2 * random.uniform() - 1),
    };
    return gaussianBlur(noise, sigma!, 'reflect', 3).data.map((value) => value * size!);
  };
  const [dx, dy] = [shifts(), shifts()];
  const out = like(picture);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < channels; c++)
      out.data[i * channels + c] = sample(
        moved,
        { y: Math.floor(i / width) + dy[i]!, x: (i % width) + dx[i]! },
        c,
        'reflect',
      );
  }
  return out;
}

/** Three points around the middle move by up to `most` pixels each; the picture follows. */
function affineMap(picture: Picture, most: number, random: RandomStream): Picture {
  const { height, width, channels } = picture;
  const [cx, cy] = [Math.floor(height / 2), Math.floor(width / 2)];
  const third = Math.floor(Math.min(height, width) / 3);
  const before = [
    [cx + third, cy + third],
    [cx + third, cy - third],
    [cx - third, cy - third],
  ] as const;
  const after = before.map(
    ([x, y]) => [x + most * (2 * random.uniform() - 1), y + most * (2 * random.uniform() - 1)] as const,
  );
  // Maps a point of the result back to where it came from: the affine map that takes `after` to `before`.
  const [p, q, r] = after as [readonly [number, number], readonly [number, number], readonly [number, number]];
  const determinant = (q[0] - p[0]) * (r[1] - p[1]) - (r[0] - p[0]) * (q[1] - p[1]);
  const back = (x: number, y: number, k: 0 | 1): number => {
    const s = ((x - p[0]) * (r[1] - p[1]) - (r[0] - p[0]) * (y - p[1])) / determinant;
    const t = ((q[0] - p[0]) * (y - p[1]) - (x - p[0]) * (q[1] - p[1])) / determinant;
    return before[0][k] + s * (before[1][k] - before[0][k]) + t * (before[2][k] - before[0][k]);
  };
  const out = like(picture);
  for (let i = 0; i < height * width; i++) {
    const [x, y] = [i % width, Math.floor(i / width)];
    for (let c = 0; c < channels; c++)
      out.data[i * channels + c] = sample(picture, { y: back(x, y, 1), x: back(x, y, 0) }, c, 'mirror');
  }
  return out;
}
