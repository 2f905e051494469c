import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { readFiniteImages, readImages, some } from './readImages.js';

beforeAll(() => tf.setBackend('cpu'));

it('reads pixels image after image, and clips what rounding left outside', async () => {
  const { data, shape, count, size, broken } = await readImages(
    'f',
    tf.tensor([
      [0.25, 1 + 5e-7],
      [-5e-7, 0.5],
    ]),
  );
  expect([...data]).toEqual([0.25, 1, 0, 0.5]);
  expect({ shape, count, size, broken }).toEqual({ shape: [2], count: 2, size: 2, broken: [] });
});

it('names the images that are not finite, and leaves them to the caller', async () => {
  const images = tf.tensor([
    [0, NaN],
    [1, 1],
    [Infinity, 0],
  ]);
  expect((await readImages('f', images)).broken).toEqual([0, 2]);
  await expect(readFiniteImages('f', images)).rejects.toThrow('got NaN or infinite ones in images 0, 2');
});

it('refuses pixels outside [0, 1]', async () => {
  await expect(readImages('f', tf.tensor([[0, 255]]))).rejects.toThrow(
    'f: pixels must lie in [0, 1], got 0.000 to 255.000',
  );
});

it('lists ten numbers and counts the rest', () => {
  expect(some([3, 5])).toBe('3, 5');
  expect(some(Array.from({ length: 12 }, (_, i) => i))).toBe('0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more');
});
