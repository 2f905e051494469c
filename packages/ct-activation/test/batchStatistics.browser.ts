import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { normalizeBatch } from '../src/index.js';
import '../src/kernels/webgl.js';
import '../src/kernels/webgpu.js';

describe.each(['webgpu', 'webgl'])('the statistics of a batch on %s', (backend) => {
  beforeAll(async () => {
    expect(await tf.setBackend(backend)).toBe(true);
  });

  it.each([
    { what: 'a first row 30 deviations off', rows: 1000, channels: 3, at: (i: number) => (i < 3 ? 130 : 100) },
    { what: 'a mean of 1e6', rows: 700, channels: 5, at: () => 1e6 },
    { what: '16,384 rows of one channel', rows: 16_384, channels: 1, at: () => 0 },
    { what: '300 channels', rows: 9, channels: 300, at: () => -3 },
  ])('are right to 2e-6: $what', async ({ rows, channels, at }) => {
    const values = Float32Array.from({ length: rows * channels }, (_, i) => at(i) + Math.sin(1 + i));
    const statistics = await statisticsOf(values, rows, channels);
    for (let k = 0; k < channels; k++) {
      const own = values.filter((_, i) => i % channels === k);
      const mean = own.reduce((sum, v) => sum + v / rows, 0);
      const variance = own.reduce((sum, v) => sum + (v - mean) ** 2 / rows, 0);
      expect(Math.abs(statistics[k]! - mean) / Math.max(1, Math.abs(mean)), `mean ${k}`).toBeLessThan(2e-6);
      expect(Math.abs(statistics[channels + k]! / variance - 1), `variance ${k}`).toBeLessThan(2e-6);
    }
  });

  it('are exact where a channel does not vary, and where there is one row', async () => {
    expect([...(await statisticsOf(new Float32Array(12).fill(0.1), 4, 3))]).toEqual([
      ...new Float32Array(3).fill(0.1),
      0,
      0,
      0,
    ]);
    expect([...(await statisticsOf(Float32Array.of(1, -2, 0.5), 1, 3))]).toEqual([1, -2, 0.5, 0, 0, 0]);
  });

  it('keep NaN to its channel', async () => {
    const statistics = await statisticsOf(Float32Array.of(1, NaN, 3, 4), 2, 2);
    expect([...statistics]).toEqual([2, NaN, 1, NaN]);
  });
});

/** Means, then variances. */
async function statisticsOf(values: Float32Array, rows: number, channels: number): Promise<Float32Array> {
  const x = tf.tensor2d(values, [rows, channels]);
  const [scale, offset] = [tf.ones<tf.Rank.R1>([channels]), tf.zeros<tf.Rank.R1>([channels])];
  const wanted = { scale: false, unit: false };
  let statistics: tf.Tensor | undefined;
  const y = normalizeBatch(x, { scale, offset, epsilon: 1e-3, unit: null }, wanted, (found) => {
    statistics = tf.keep(found.clone());
  });
  const result = await statistics!.data<'float32'>();
  tf.dispose([x, scale, offset, y, statistics!]);
  return result;
}
