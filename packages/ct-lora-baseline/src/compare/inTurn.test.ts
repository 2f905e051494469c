import { describe, expect, it } from 'vitest';
import { inTurn } from './inTurn.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

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
