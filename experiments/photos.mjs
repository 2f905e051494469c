// Photos to adapt a network to: circles, stripes and triangles of random colours, sizes and angles over clutter, drawn
// from a seed. Colours and places say nothing of the class, so that a head has to read shapes.
import { Buffer } from 'node:buffer';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { randomNumbers } from '@curvature-tuning/checks/testing';
import sharp from 'sharp';

const SIZE = 224;
export const CLASSES = ['circles', 'stripes', 'triangles'];

/**
 * Draws photos of 224 × 224 as JPEG, `folder/train/circles/0.jpg` and so on.
 *
 * @param {string} folder
 * @param {Record<string, number>} splits How many of each class, by split.
 * @param {number} seed
 */
export async function drawPhotos(folder, splits, seed) {
  const random = randomNumbers(seed);
  for (const [split, count] of Object.entries(splits))
    for (const name of CLASSES) {
      mkdirSync(join(folder, split, name), { recursive: true });
      for (let i = 0; i < count; i++)
        await sharp(Buffer.from(photo(name, random)))
          .jpeg()
          .toFile(join(folder, split, name, `${i}.jpg`));
    }
}

/**
 * @param {string} name
 * @param {() => number} random
 */
function photo(name, random) {
  const [background, foreground] = [colour(random), colour(random)];
  const clutter = Array.from({ length: 30 }, () => {
    const [x, y, side] = [SIZE * random(), SIZE * random(), SIZE / 20];
    return `<rect x="${x}" y="${y}" width="${side}" height="${side}" fill="${colour(random)}" opacity="0.5"/>`;
  });
  return [
    `<svg width="${SIZE}" height="${SIZE}" xmlns="http://www.w3.org/2000/svg">`,
    `<rect width="${SIZE}" height="${SIZE}" fill="${background}"/>`,
    ...clutter,
    `<g fill="${foreground}">${shape(name, random)}</g>`,
    '</svg>',
  ].join('');
}

/**
 * @param {string} name
 * @param {() => number} random
 */
function shape(name, random) {
  const [x, y] = [SIZE * (0.3 + 0.4 * random()), SIZE * (0.3 + 0.4 * random())];
  const radius = SIZE * (0.1 + 0.2 * random());
  const angle = 360 * random();
  if (name === 'circles') return `<circle cx="${x}" cy="${y}" r="${radius}"/>`;
  if (name === 'triangles') {
    const corners = `${x},${y - radius} ${x - radius},${y + radius} ${x + radius},${y + radius}`;
    return `<polygon points="${corners}" transform="rotate(${angle} ${x} ${y})"/>`;
  }
  const bars = Array.from(
    { length: 9 },
    (_, k) => `<rect x="${((k - 2) * SIZE) / 5}" y="${-SIZE}" width="${SIZE / 10}" height="${3 * SIZE}"/>`,
  );
  return `<g transform="rotate(${angle} ${SIZE / 2} ${SIZE / 2})">${bars.join('')}</g>`;
}

/** @param {() => number} random */
function colour(random) {
  const [red, green, blue] = Array.from({ length: 3 }, () => Math.floor(256 * random()));
  return `rgb(${red},${green},${blue})`;
}
