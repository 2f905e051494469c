import { readFileSync } from 'node:fs';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { plasma } from '../src/corruptions/plasma.js';
import { gaussianBlur, motionBlur } from '../src/corruptions/picture.js';
import type { CorruptedBatch, CorruptionType, CorruptionVariant } from '../src/index.js';
import { ALEXNET_ERRORS, corrupt, corruptedBatches, CORRUPTION_TYPES, evaluateCorruptions } from '../src/index.js';
import { RandomStream } from '../src/data/randomStream.js';

interface Case {
  type: CorruptionType;
  variant: CorruptionVariant;
  severity: number;
  side: number;
  channels: number;
  data: number[];
}
const golden = JSON.parse(readFileSync(new URL('./golden/corruptions.json', import.meta.url), 'utf8')) as {
  images: Record<string, number[]>;
  cases: Case[];
};
const goldenImage = (side: number, channels: number): tf.Tensor4D =>
  tf.tensor4d(
    golden.images[`${side}x${channels}`]!.map((byte) => byte / 255),
    [1, side, side, channels],
  );

const corrupted = async (image: tf.Tensor4D, options: Parameters<typeof corrupt>[1]): Promise<Float32Array> => {
  const result = await corrupt(image, options);
  const values = (await result.data()) as Float32Array;
  result.dispose();
  return values;
};

describe('corruptions', () => {
  beforeAll(() => tf.setBackend('cpu'));

  for (const { type, variant, severity, side, channels, data } of golden.cases) {
    const exact = type !== 'jpeg_compression';
    it(
      `${type} ${variant} ${severity}, ${side}x${side}x${channels}, equals the reference ` +
        `${exact ? 'to 2e-5' : 'library on 95 % of values to 2 of 255 levels, on average to 0.7'}`,
      async () => {
        const values = await corrupted(goldenImage(side, channels), { type, variant, severity, bytes: false });
        const differences = Array.from(values, (value, i) => Math.abs(value - data[i]!));
        if (exact) return expect(Math.max(...differences)).toBeLessThan(2e-5);
        // The library's integer DCT and colour tables round elsewhere: a coefficient on the edge falls to the other
        // side.
        expect(differences.filter((d) => d * 255 > 2.01).length / differences.length).toBeLessThan(0.05);
        expect((255 * differences.reduce((a, b) => a + b, 0)) / differences.length).toBeLessThan(0.7);
      },
    );
  }

  it('noises have the moments of their formulas, to four standard errors', async () => {
    const grey = tf.fill([1, 64, 64, 3], 128 / 255) as tf.Tensor4D;
    const moments = async (type: CorruptionType): Promise<[number, number, Float32Array]> => {
      const values = await corrupted(grey, { type, severity: 1, variant: 'imagenet', bytes: false });
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length, values];
    };
    const n = 64 * 64 * 3;
    const x = 128 / 255;
    const [gaussMean, gaussVariance] = await moments('gaussian_noise');
    expect(Math.abs(gaussMean - x)).toBeLessThan((4 * 0.08) / Math.sqrt(n));
    expect(Math.abs(gaussVariance / 0.08 ** 2 - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    const [shotMean, shotVariance] = await moments('shot_noise');
    expect(Math.abs(shotMean - x)).toBeLessThan(4 * Math.sqrt(x / 60 / n));
    expect(Math.abs(shotVariance / (x / 60) - 1)).toBeLessThan(4 * Math.sqrt((2 + 60 / (60 * x)) / n));
    const [, , values] = await moments('impulse_noise');
    const hits = values.filter((value) => Math.abs(value - x) > 1e-6);
    expect(Math.abs(hits.length / n - 0.03)).toBeLessThan(4 * Math.sqrt((0.03 * 0.97) / n));
    expect([...new Set(hits)].sort()).toEqual([0, 1]);
    grey.dispose();
  });

  for (const variant of ['cifar', 'imagenet'] as const) {
    for (const type of CORRUPTION_TYPES) {
      it(
        `${type} (${variant}) departs further from the images at severity 5 than at 1, stays in range, and ` +
          'repeats by seed',
        { timeout: 120_000 },
        async () => {
          const images = tf.tidy(() =>
            tf.concat([0, 1, 2, 3].map((k) => tf.clipByValue(tf.mul(goldenImage(32, 3), 0.5 + 0.15 * k), 0, 1))),
          ) as tf.Tensor4D;
          const clean = await images.data();
          const departures: number[] = [];
          for (const severity of [1, 2, 3, 4, 5]) {
            const values = await corrupted(images, { type, severity, variant, seed: 2 });
            expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
            departures.push(values.reduce((sum, value, i) => sum + (value - clean[i]!) ** 2, 0) / values.length);
            if (severity === 3) {
              expect(await corrupted(images, { type, severity, variant, seed: 2 })).toEqual(values);
              // An image keeps its random numbers wherever its batch begins.
              const last = tf.slice(images, [3, 0, 0, 0], [1, 32, 32, 3]);
              expect(await corrupted(last, { type, severity, variant, seed: 2, firstImage: 3 })).toEqual(
                values.slice(3 * 3072),
              );
              last.dispose();
            }
          }
          expect(departures[0]).toBeGreaterThan(0);
          // The authors' own parameters are not monotone for the glass and the elastic transform, on CIFAR in
          // particular.
          if (type !== 'elastic_transform' && type !== 'glass_blur')
            expect(departures[4]).toBeGreaterThan(departures[0]!);
          images.dispose();
        },
      );
    }
  }

  it('frost is a made texture: a darker picture with bright crests', async () => {
    const black = tf.zeros([1, 32, 32, 3]) as tf.Tensor4D;
    const values = await corrupted(black, { type: 'frost', severity: 5, bytes: false });
    expect(Math.max(...values)).toBeGreaterThan(0.2);
    expect(Math.min(...values)).toBeLessThan(0.02);
  });

  it('plasma is a landscape in [0, 1]: near points are closer than far ones', () => {
    const { heights, side } = plasma(60, 2, new RandomStream(4));
    expect(side).toBe(64);
    expect(Math.min(...heights)).toBe(0);
    expect(Math.max(...heights)).toBe(1);
    const apart = (shift: number): number =>
      heights.reduce(
        (sum, h, i) => sum + Math.abs(h - heights[Math.floor(i / side) * side + ((i + shift) % side)]!),
        0,
      );
    expect(apart(1)).toBeLessThan(0.3 * apart(16));
  });

  it('blurs keep a constant picture, and motion blur trails to one side', () => {
    const flat = { height: 9, width: 9, channels: 1, data: new Float64Array(81).fill(0.25) };
    for (const blurred of [gaussianBlur(flat, 1.3, 'nearest', 4), motionBlur(flat, 6, 2, 30)])
      blurred.data.forEach((value) => expect(value).toBeCloseTo(0.25, 12));
    const dot = { ...flat, data: new Float64Array(81) };
    dot.data[4 * 9 + 6] = 1;
    const { data } = motionBlur(dot, 3, 1, 0);
    const weights = Array.from({ length: 7 }, (_, i) => Math.exp(-i * i * 0.5));
    const total = weights.reduce((a, b) => a + b, 0);
    for (let x = 0; x < 9; x++) expect(data[4 * 9 + x]).toBeCloseTo(x <= 6 ? weights[6 - x]! / total : 0, 12);
  });

  it('accuracy and mCE follow their definitions', async () => {
    // A model that is right on every image darker than a half.
    const model = (x: tf.Tensor): tf.Tensor => {
      const mean = tf.mean(tf.reshape(x, [x.shape[0]!, -1]), 1, true);
      return tf.concat([tf.sub(0.5, mean), tf.sub(mean, 0.5)], 1);
    };
    async function* batches(): AsyncGenerator<CorruptedBatch> {
      for (const [type, levels] of [
        ['fog', [0.2, 0.2, 0.8, 0.8, 0.8]],
        ['snow', [0.2, 0.2, 0.2, 0.2, 0.8]],
      ] as const) {
        for (const [i, level] of levels.entries())
          yield await Promise.resolve({ type, severity: i + 1, images: tf.fill([2, 4, 4, 1], level), labels: [0, 0] });
      }
    }
    const before = tf.memory().numTensors;
    const result = await evaluateCorruptions(model, batches(), { baselineErrors: ALEXNET_ERRORS });
    expect(tf.memory().numTensors).toBe(before);
    expect(result.accuracy).toEqual({ fog: [1, 1, 0, 0, 0], snow: [1, 1, 1, 1, 0] });
    expect(result.robustAccuracy).toBeCloseTo(0.6, 12);
    expect(result.mCE).toBeCloseTo((0.6 / ALEXNET_ERRORS.fog + 0.2 / ALEXNET_ERRORS.snow) / 2, 12);
    expect((await evaluateCorruptions(model, batches())).mCE).toBeCloseTo(0.4, 12);
    await expect(evaluateCorruptions(model, batches(), { baselineErrors: { fog: 1 } })).rejects.toThrow(
      /baselineErrors must name every type that is evaluated, got none for snow/,
    );
    const images = tf.fill([2, 16, 16, 3], 0.2) as tf.Tensor4D;
    const own = await evaluateCorruptions(
      model,
      corruptedBatches({ images, labels: [0, 0] }, { types: ['contrast', 'brightness'], severities: [1, 5] }),
    );
    expect(own.images).toEqual({ contrast: [2, 0, 0, 0, 2], brightness: [2, 0, 0, 0, 2] });
    // Severity 5 of the CIFAR table lifts 0.2 to 0.5: no longer darker.
    expect(own.accuracy.contrast![0]).toBe(1);
    images.dispose();
  });

  it('refuses what it cannot do', async () => {
    const images = goldenImage(29, 1);
    await expect(corrupt(images, { type: 'rain' as CorruptionType, severity: 1 })).rejects.toThrow(
      /corrupt: type must be 'gaussian_noise', /,
    );
    await expect(corrupt(images, { type: 'fog', severity: 6 })).rejects.toThrow(
      /severity must be a whole number in \[1, 5\], got 6/,
    );
    await expect(
      corrupt(tf.zeros([1, 8, 8, 2]) as tf.Tensor4D, { type: 'jpeg_compression', severity: 1 }),
    ).rejects.toThrow(/1 or 3 channels, got 2/);
  });
});
