import { checkValue, fits } from '@curvature-tuning/checks';
import { expect, it } from 'vitest';
import { dataSet, normalize, preprocess } from './index.js';
import type { Pixels, Preprocessing } from './index.js';
import { preprocessingSchema } from './preprocessing.js';

const bytes = (...values: number[]): Pixels => ({ values: Uint8Array.from(values), shape: [1, values.length / 3, 3] });

it('gives (low + (high - low)·byte / 255 - mean) / std, rounded once', () => {
  const given = { inputSize: [1, 2, 3], range: [-1, 1], mean: [0.1, 0.2, 0.3], std: [0.5, 2, 4] } as const;
  const { values, shape } = preprocess(given)(bytes(0, 51, 102, 153, 204, 255));
  expect(shape).toEqual([1, 2, 3]);
  const expected = [0, 51, 102, 153, 204, 255].map(
    (byte, i) => (-1 + (2 * byte) / 255 - given.mean[i % 3]!) / given.std[i % 3]!,
  );
  values.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-7));
});

it('is what is usual: [0, 1] unless told, whole numbers for [0, 255], timm’s mean and std', () => {
  const inputSize = [1, 1, 3] as const;
  const pixels = bytes(0, 128, 255);
  expect(preprocess({ inputSize })(pixels).values).toEqual(Float32Array.of(0, 128 / 255, 1));
  expect(preprocess({ inputSize, range: [0, 255] })(pixels).values).toEqual(Float32Array.of(0, 128, 255));
  expect(preprocess({ inputSize, range: [-1, 1] })(pixels).values).toEqual(Float32Array.of(-1, 256 / 255 - 1, 1));
  const imagenet = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
  expect(preprocess({ inputSize, ...imagenet })(pixels).values).toEqual(normalize(imagenet)(pixels).values);
});

it('turns the channels round before mean and std, as the models of Caffe want it', () => {
  const mean = [103.939, 116.779, 123.68];
  const caffe = preprocess({ inputSize: [1, 1, 3], range: [0, 255], mean, channelOrder: 'bgr' });
  const given = bytes(10, 20, 30);
  expect(caffe(given).values).toEqual(Float32Array.of(30 - mean[0]!, 20 - mean[1]!, 10 - mean[2]!));
  expect([...given.values]).toEqual([10, 20, 30]);
});

it('refuses other sizes and int32', () => {
  const transform = preprocess({ inputSize: [1, 1, 3] });
  expect(() => transform(bytes(1, 2, 3, 4, 5, 6))).toThrow(
    'preprocess: pixels must be [1, 1, 3], got [1, 2, 3]; resize them first',
  );
  expect(() => transform({ values: Int32Array.of(1, 2, 3), shape: [1, 1, 3] })).toThrow(
    'preprocess: pixels must be bytes or float32 in [0, 1], got int32',
  );
});

it('refuses fields that do not agree, by their names, and survives JSON', () => {
  const whole: Preprocessing = {
    inputSize: [224, 224, 3],
    range: [0, 255],
    mean: [1],
    std: [2, 3, 4],
    channelOrder: 'bgr',
    interpolation: 'bicubic',
    cropMode: 'center',
    cropPct: 0.875,
  };
  expect(fits(preprocessingSchema, JSON.parse(JSON.stringify(whole)))).toBe(true);
  for (const [wrong, message] of [
    [{ mean: [1, 2] }, 'got a mean of 2 numbers for 3 channel(s)'],
    [{ inputSize: [8, 8, 1], std: [1] }, "got channelOrder 'bgr' for 1 channel(s)"],
    [{ range: [1, 0] }, 'range must be a range [low, high] with low < high'],
    [{ std: [0] }, 'std[0] must be a finite number above 0'],
    [{ size: 3 }, 'size'],
  ] as const)
    expect(() => checkValue('f', 'preprocessing', preprocessingSchema, { ...whole, ...wrong })).toThrow(message);
});

it('is what a data set says of itself, until its pixels are changed by something else', () => {
  const set = dataSet({ labels: [0, 1], classes: ['a', 'b'], read: () => bytes(1, 2, 3) });
  const preprocessing: Preprocessing = { inputSize: [1, 1, 3] };
  expect(set.preprocessing).toBeUndefined();
  const ready = set.map(preprocess(preprocessing));
  for (const part of [ready, ready.take(1), ready.skip(1), ready.subset([1])])
    expect(part.preprocessing).toEqual(preprocessing);
  expect(ready.map((pixels) => pixels).preprocessing).toBeUndefined();
  const told = dataSet({ labels: [0], classes: ['a'], preprocessing, read: () => bytes(1, 2, 3) });
  expect(told.preprocessing).toEqual(preprocessing);
});
