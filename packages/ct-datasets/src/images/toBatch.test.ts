import '@tensorflow/tfjs-backend-cpu';
import type { Batch } from '@curvature-tuning/data';
import { dispose, memory } from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { toBatch, toDataSet } from './toBatch.js';
import type { ImageSet } from './imageSet.js';

const grey: ImageSet = {
  images: Uint8Array.of(0, 51, 102, 153, 204, 255),
  labels: Uint8Array.of(0, 1, 2),
  shape: [1, 2, 1],
  classes: ['a', 'b', 'c'],
};
const coloured: ImageSet = {
  images: Uint8Array.of(0, 51, 102, 153, 204, 255),
  labels: Int32Array.of(1, 0),
  shape: [1, 1, 3],
  classes: ['a', 'b'],
};
const numbered = (count: number): ImageSet => ({
  images: Uint8Array.from({ length: count }, (_, i) => i),
  labels: Int32Array.from({ length: count }, (_, i) => i),
  shape: [1, 1, 1],
  classes: Array.from({ length: count }, (_, i) => `${i}`),
});

/** The labels of each batch of one epoch; disposes of the batches. */
async function epoch(examples: AsyncIterable<Batch>): Promise<number[][]> {
  const batches: Batch[] = [];
  for await (const batch of examples) batches.push(batch);
  return batches.map(({ images, labels }) => {
    const numbers = [...labels.dataSync()];
    // The single pixel of an image equals its label.
    expect([...images.dataSync()].map((value) => Math.round(value * 255))).toEqual(numbers);
    dispose([images, labels]);
    return numbers;
  });
}

let before = 0;
beforeEach(() => void (before = memory().numTensors));
afterEach(() => expect(memory().numTensors, 'tensors leaked').toBe(before));

describe('toBatch', () => {
  it('leaves pixels in [0, 1] without mean and std', () => {
    const { images, labels } = toBatch(grey);
    expect(images.shape).toEqual([3, 1, 2, 1]);
    expect(images.dtype).toBe('float32');
    expect(labels.dtype).toBe('int32');
    expect([...labels.dataSync()]).toEqual([0, 1, 2]);
    expect(images.dataSync()).toEqual(Float32Array.of(0, 0.2, 0.4, 0.6, 0.8, 1));
    expect(memory().numTensors).toBe(before + 2);
    dispose([images, labels]);
  });

  it('normalises each channel, correctly rounded to float32', () => {
    const mean = [0.1, 0.2, 0.3];
    const std = [0.5, 0.25, 2];
    const { images, labels } = toBatch(coloured, { mean, std });
    expect(images.shape).toEqual([2, 1, 1, 3]);
    const expected = Float32Array.from(coloured.images, (x, i) => (x / 255 - mean[i % 3]!) / std[i % 3]!);
    expect(images.dataSync()).toEqual(expected);
    dispose([images, labels]);
  });

  it('makes an empty batch of an empty set', () => {
    const { images, labels } = toBatch({ ...grey, images: new Uint8Array(), labels: new Uint8Array() });
    expect(images.shape).toEqual([0, 1, 2, 1]);
    expect(labels.shape).toEqual([0]);
    dispose([images, labels]);
  });

  it.each([
    {
      normalization: { mean: [0.5, 0.5] },
      message: /^toBatch: mean must be one number for each of the 1 channel\(s\), got \[0\.5, 0\.5\]/,
    },
    { normalization: { mean: [NaN] }, message: /mean\[0\] must be a finite number, got NaN/ },
    { normalization: { std: [] }, message: /std must be one number/ },
    {
      normalization: { std: [0] },
      message: /std\[0\] must be a finite number above 0, got 0; a channel that never varies/,
    },
  ])('refuses $normalization', ({ normalization, message }) => {
    expect(() => toBatch(grey, normalization)).toThrow(message);
  });
});

describe('batches of toDataSet', () => {
  it('yields every image once, in order, the last batch being what is left', async () => {
    expect(await epoch(toDataSet(numbered(7)).batches(3))).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(await epoch(toDataSet(numbered(0)).batches(3))).toEqual([]);
  });

  it('can be iterated again, and by two at once', async () => {
    const examples = toDataSet(numbered(5)).batches(2);
    const [one, two] = await Promise.all([epoch(examples), epoch(examples)]);
    expect(one).toEqual([[0, 1], [2, 3], [4]]);
    expect(two).toEqual(one);
  });

  it('shuffles each epoch anew, and repeats the epochs for the same seed', async () => {
    const run = async (seed: number): Promise<number[][]> => {
      const examples = toDataSet(numbered(50)).batches(50, { shuffle: true, seed });
      return [(await epoch(examples)).flat(), (await epoch(examples)).flat()];
    };
    const [first, second] = await run(1);
    expect([...first!].sort((a, b) => a - b)).toEqual([...numbered(50).labels]);
    expect(second).not.toEqual(first);
    expect(await run(1)).toEqual([first, second]);
    expect(await run(2)).not.toEqual([first, second]);
  });

  it('normalises like toBatch', async () => {
    const whole = toBatch(grey, { mean: [0.3], std: [0.7] });
    for await (const batch of toDataSet(grey, { mean: [0.3], std: [0.7] }).batches(3)) {
      expect(batch.images.dataSync()).toEqual(whole.images.dataSync());
      dispose([batch.images, batch.labels]);
    }
    dispose([whole.images, whole.labels]);
  });

  it('makes a batch only when asked, so that leaving early leaks nothing', async () => {
    for await (const batch of toDataSet(numbered(9)).batches(2)) {
      expect(memory().numTensors).toBe(before + 2);
      dispose([batch.images, batch.labels]);
      break;
    }
  });

  it('refuses bad options at the call', () => {
    expect(() => toDataSet(grey).batches(0)).toThrow(
      /^DataSet\.batches: size must be a whole number of at least 1, got 0/,
    );
    expect(() => toDataSet(grey).batches(1.5)).toThrow(/got 1\.5/);
    expect(() => toDataSet(grey).batches(1, { seed: -1 })).toThrow(/^DataSet\.batches: seed must be a whole number in/);
    expect(() => toDataSet(grey, { std: [-1] })).toThrow(
      /^toDataSet: normalization\.std\[0\] must be a finite number above 0, got -1/,
    );
  });
});
