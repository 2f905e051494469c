import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { memory, ready, setBackend, tensor3d } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { ImageSource } from './pixelsOf.js';
import { preprocess } from './preprocess.js';

const { transform } = JSON.parse(readFileSync(new URL('../../test/golden/photos.json', import.meta.url), 'utf8')) as {
  transform: { every: number; values: number[] };
};
const [HEIGHT, WIDTH] = [300, 421];
const bytes = Uint8Array.from({ length: HEIGHT * WIDTH * 3 }, (_, i) => {
  const [c, x, y] = [i % 3, Math.floor(i / 3) % WIDTH, Math.floor(i / 3 / WIDTH)];
  return (x * (c + 2) + y * 3 + Math.floor((x * y) / 7)) % 256;
});
const rgba = Uint8ClampedArray.from({ length: HEIGHT * WIDTH * 4 }, (_, i) =>
  i % 4 === 3 ? 255 : bytes[3 * Math.floor(i / 4) + (i % 4)]!,
);

describe.each(['cpu', 'wasm'])('preprocess on %s', (backend) => {
  it.each<[string, () => ImageSource]>([
    ['ImageData', () => ({ data: rgba, width: WIDTH, height: HEIGHT })],
    ['bytes in a tensor', () => tensor3d(bytes, [HEIGHT, WIDTH, 3], 'int32')],
    [
      'floats in a tensor',
      () =>
        tensor3d(
          Float32Array.from(bytes, (x) => x / 255),
          [HEIGHT, WIDTH, 3],
        ),
    ],
  ])('makes of %s what torchvision does, to one grey level', async (_, make) => {
    await setBackend(backend);
    await ready();
    const image = make();
    const before = memory().numTensors;
    const images = await preprocess(image, 'resnet18.tv_in1k');
    expect(memory().numTensors).toBe(before + 1);
    expect(images.shape).toEqual([1, 224, 224, 3]);
    const values = await images.data();
    const errors = transform.values.map((value, i) => Math.abs(value - values[i * transform.every]!));
    expect(Math.max(...errors)).toBeLessThan(1.01 / 255 / 0.224);
    expect(errors.filter((error) => error > 1e-5).length / errors.length).toBeLessThan(0.01);
    images.dispose();
    if ('dispose' in image) image.dispose();
  });

  it('makes colour grey, and takes a preprocessing of its own', async () => {
    await setBackend(backend);
    const image = { data: Uint8ClampedArray.of(255, 0, 0, 255), width: 1, height: 1 };
    const images = await preprocess(image, { inputSize: [1, 1, 1], range: [0, 255] });
    expect([...(await images.data())]).toEqual([76]);
    images.dispose();
  });
});
