import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { measurePeakBytes } from './peakBytes.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
beforeAll(() => tf.setBackend('cpu'));

it('measurePeakBytes counts the height above the start, and leaves the count right', async () => {
  const kept = tf.zeros([1000]);
  const before = tf.memory().numBytes;
  const { peakBytes } = await measurePeakBytes(async () => {
    const a = tf.zeros([250]);
    tf.tidy(() => void tf.zeros([500]));
    await Promise.resolve();
    a.dispose();
  });
  expect(peakBytes).toBe(3000);
  expect(tf.memory().numBytes).toBe(before);
  kept.dispose();
  expect(tf.memory().numBytes).toBe(before - 4000);
});

describe('measurePeakBytes', () => {
  it('runs that overlap count the tensors of all, each from its own start, and leave the count right', async () => {
    const before = tf.memory().numBytes;
    const run = (size: number, ms: number) =>
      measurePeakBytes(async () => {
        const t = tf.zeros([size]);
        await pause(ms);
        t.dispose();
      });
    const [a, b] = await Promise.all([run(1000, 10), run(500, 30)]);
    expect([a.peakBytes, b.peakBytes]).toEqual([6000, 2000]);
    expect(tf.memory().numBytes).toBe(before);
    const descriptor = Object.getOwnPropertyDescriptor(tf.engine().state, 'numBytes');
    expect(descriptor).toEqual({ configurable: true, enumerable: true, writable: true, value: before });
  });

  it('a run that fails leaves the count right', async () => {
    const before = tf.memory().numBytes;
    const kept: tf.Tensor[] = [];
    await expect(measurePeakBytes(() => Promise.reject(new Error(String(kept.push(tf.zeros([10]))))))).rejects.toThrow(
      '1',
    );
    expect(tf.memory().numBytes).toBe(before + 40);
    kept.forEach((t) => t.dispose());
    expect(tf.memory().numBytes).toBe(before);
  });
});
