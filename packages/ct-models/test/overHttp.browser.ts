/**
 * What a page does with weights: it loads them over HTTP, goes on where a connection broke, keeps them, and classifies
 * a picture.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { LoadPretrainedOptions, WeightsFile } from '../src/index.js';
import { loadPretrained, preprocess, pretrainedWeights } from '../src/index.js';
import { use } from './backendsInPage.js';
import text from './golden/resnet14_mnist.json?raw';

const golden = JSON.parse(text) as {
  images: { shape: number[]; data: number[] };
  labels: number[];
  logits: { data: number[] };
};
const NAME = 'resnet14.mnist';
const { sha256 } = pretrainedWeights[NAME]!;
const [COUNT, HEIGHT, WIDTH] = golden.images.shape as [number, number, number];

/** A picture of the golden file, as a page has pictures. */
function bitmapOf(index: number): Promise<ImageBitmap> {
  const grey = golden.images.data.slice(index * HEIGHT * WIDTH, (index + 1) * HEIGHT * WIDTH);
  const rgba = Uint8ClampedArray.from(grey.flatMap((value) => [value, value, value, 255]));
  return createImageBitmap(new ImageData(rgba, WIDTH, HEIGHT));
}

const askedFor = async (address: string): Promise<string[]> =>
  (await (await fetch(`${address}?asked`)).json()) as string[];

describe.each(['webgl', 'wasm'])('a page on %s', (backend) => {
  it('loads weights over HTTP, from where the connection broke on, and without a network the next time', async () => {
    await use(backend);
    const address = `${location.origin}/weights/${backend}`;
    const files: WeightsFile[] = [];
    const done: number[] = [];
    const options: LoadPretrainedOptions = {
      mirrors: [address],
      cache: `test of ${backend}`,
      onFile: (file) => files.push(file),
      onProgress: (progress) => done.push(progress.done),
    };
    try {
      const model = await loadPretrained(NAME, options);
      const [first, second, ...others] = await askedFor(address);
      expect([first, others]).toEqual(['all', []]);
      const begin = Number(/^bytes=(\d+)-$/.exec(second!)?.[1]);
      expect(begin).toBeGreaterThan(0);
      expect(done).toContain(begin);
      expect(done).toEqual([...done].sort((a, b) => a - b));
      model.dispose();
      (await loadPretrained(NAME, { ...options, offline: true })).dispose();
      expect(files).toMatchObject([
        { sha256, from: 'network', verified: 'given' },
        { sha256, from: 'cache', verified: 'given' },
      ]);
      expect(await askedFor(address)).toHaveLength(2);
    } finally {
      await caches.delete(`test of ${backend}`);
    }
  });

  it('classifies ImageBitmaps as PyTorch does, to 1e-4 of the largest logit', async () => {
    await use(backend);
    const model = await loadPretrained(NAME);
    const largest = Math.max(...golden.logits.data.map(Math.abs));
    for (let i = 0; i < COUNT; i++) {
      const bitmap = await bitmapOf(i);
      const before = memory().numTensors;
      const images = await preprocess(bitmap, NAME);
      const logits = model.predict(images) as Tensor;
      const values = [...(await logits.data())];
      [images, logits].forEach((tensor) => tensor.dispose());
      expect(memory().numTensors).toBe(before);
      bitmap.close();
      expect(values.indexOf(Math.max(...values)), `image ${i}`).toBe(golden.labels[i]);
      const errors = values.map((value, k) => Math.abs(value - golden.logits.data[i * values.length + k]!));
      expect(Math.max(...errors) / largest, `image ${i}`).toBeLessThan(1e-4);
    }
    model.dispose();
  });
});
