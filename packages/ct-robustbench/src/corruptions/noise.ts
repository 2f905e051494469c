/**
 * The noises: additive, of light, and of dead pixels. x are pixels in [0, 1].
 */
import type { RandomStream } from '../data/randomStream.js';
import type { Picture } from './picture.js';
import { like } from './picture.js';

/** x + σ·n with n standard normal. */
export function gaussianNoise(picture: Picture, [sigma]: readonly number[], random: RandomStream): Picture {
  return like(
    picture,
    picture.data.map((value) => value + sigma! * random.normal()),
  );
}

/** Poisson(x·c)/c: fewer photons c, more noise. */
export function shotNoise(picture: Picture, [photons]: readonly number[], random: RandomStream): Picture {
  return like(
    picture,
    picture.data.map((value) => random.poisson(value * photons!) / photons!),
  );
}

/** Each value becomes 0 or 1, by halves, with probability p. */
export function impulseNoise(picture: Picture, [share]: readonly number[], random: RandomStream): Picture {
  return like(
    picture,
    picture.data.map((value) => (random.uniform() < share! ? (random.uniform() < 0.5 ? 1 : 0) : value)),
  );
}
