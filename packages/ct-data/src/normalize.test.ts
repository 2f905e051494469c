import { expect, it } from 'vitest';
import { normalize } from './normalize.js';

it('normalises each channel of bytes, correctly rounded to float32, and leaves the bytes', () => {
  const [mean, std] = [
    [0.1, 0.2, 0.3],
    [0.5, 0.25, 2],
  ] as const;
  const values = Uint8Array.of(0, 51, 102, 153, 204, 255);
  const made = normalize({ mean, std })({ values, shape: [1, 2, 3] });
  expect(made.shape).toEqual([1, 2, 3]);
  expect(made.values).toEqual(Float32Array.from(values, (x, i) => (x / 255 - mean[i % 3]!) / std[i % 3]!));
  expect([...values]).toEqual([0, 51, 102, 153, 204, 255]);
});

it('brings bytes to [0, 1] and leaves other numbers without mean and std', () => {
  expect(normalize({})({ values: Uint8Array.of(0, 255), shape: [2, 1] }).values).toEqual(Float32Array.of(0, 1));
  expect(normalize({})({ values: Float32Array.of(-3, 0.1), shape: [2, 1] }).values).toEqual(Float32Array.of(-3, 0.1));
  const half = normalize({ mean: [1], std: [2] });
  expect(half({ values: Int32Array.of(3, 5), shape: [2, 1] }).values).toEqual(Float32Array.of(1, 2));
});

it('refuses another number of channels', () => {
  const transform = normalize({ mean: [0.5, 0.5] });
  expect(() => transform({ values: new Uint8Array(4), shape: [2, 2, 1] })).toThrow(
    /^normalize: mean must be one number for each of the 1 channel\(s\), got \[0\.5, 0\.5\]/,
  );
});
