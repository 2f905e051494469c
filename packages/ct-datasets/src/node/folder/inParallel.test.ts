import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inParallel } from './inParallel.js';

describe('inParallel', () => {
  it('keeps the order, and to its limit', async () => {
    let active = 0;
    let most = 0;
    const results = await inParallel([5, 1, 4, 1, 3, 9], 3, async (item, index) => {
      most = Math.max(most, ++active);
      await delay(item);
      active--;
      return item * 10 + index;
    });
    expect(results).toEqual([50, 11, 42, 13, 34, 95]);
    expect(most).toBe(3);
  });

  it('waits for what is under way before it throws the first fault, and begins nothing more', async () => {
    const begun: number[] = [];
    let isEnded = false;
    const failing = inParallel([0, 1, 2, 3], 2, async (item) => {
      begun.push(item);
      if (item === 0) throw new Error('first');
      await delay(20);
      isEnded = true;
      throw new Error('second');
    });
    await expect(failing).rejects.toThrow('first');
    expect(isEnded).toBe(true);
    expect(begun).toEqual([0, 1]);
  });

  it('stops by its signal', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const done: number[] = [];
    const stopped = inParallel(
      [0, 1, 2, 3, 4],
      1,
      async (item) => {
        if (item === 2) controller.abort(reason);
        done.push(item);
        return Promise.resolve();
      },
      controller.signal,
    );
    await expect(stopped).rejects.toBe(reason);
    expect(done).toEqual([0, 1, 2]);
    expect(await inParallel([], 4, () => Promise.resolve(1))).toEqual([]);
  });
});
