import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { byteBudget } from './byteBudget.js';

describe('byteBudget', () => {
  it('keeps to its total, lets what is larger run alone, and gives back what failed', async () => {
    const budget = byteBudget(10);
    let used = 0;
    const most: number[] = [];
    const sizes = [4, 4, 4, 25, 1, 9, 10, 3];
    const results = await Promise.allSettled(
      sizes.map((bytes, i) =>
        budget.run(bytes, async () => {
          used += bytes;
          most.push(used);
          await delay(5);
          used -= bytes;
          if (i % 2 === 1) throw new Error('failed');
          return bytes;
        }),
      ),
    );
    expect(most.filter((bytes) => bytes > 10)).toEqual([25]);
    expect(most[0]).toBe(4);
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual(sizes.map((_, i) => i % 2 === 0));
  });
});
