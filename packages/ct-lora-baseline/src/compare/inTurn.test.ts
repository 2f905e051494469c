import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { measurePeakBytes } from './peakBytes.js';
import { inTurn } from './inTurn.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
beforeAll(() => tf.setBackend('cpu'));

describe('inTurn', () => {
  it('runs one after the other, in the order of asking, whatever fails', async () => {
    const heard: string[] = [];
    const run =
      (name: string, fails = false) =>
      (): Promise<string> =>
        pause(5).then(() => {
          heard.push(`${name} ends`);
          if (fails) throw new Error(name);
          return name;
        });
    const outcomes = await Promise.allSettled([
      inTurn(run('a')),
      inTurn(run('b', true)),
      inTurn(() => void heard.push('c is here')),
      inTurn(run('d')),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(heard).toEqual(['a ends', 'b ends', 'c is here', 'd ends']);
  });

  it('who is aborted while waiting leaves at once, and holds up nobody', async () => {
    const stop = new AbortController();
    const long = inTurn(() => pause(30));
    let isHere = false;
    const aborted = inTurn(() => (isHere = true), stop.signal);
    const after = inTurn(() => 'after');
    stop.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    expect(await after).toBe('after');
    expect(isHere).toBe(false);
    await long;
  });
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
