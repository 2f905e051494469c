import { describe, expect, it } from 'vitest';
import { check } from './check.js';
import type { Entries } from './schema.js';
import { count, flag, options, unitInterval } from './schema.js';
import { badCalls, faults } from './testing.js';

interface Args {
  beta: number;
  options: { batchSize?: number; rates?: { all: boolean } };
}
const schemas: Entries<Args> = {
  beta: unitInterval,
  options: options<Args['options']>({ batchSize: count, rates: options<{ all: boolean }>({ all: flag }, ['all']) }),
};
const good: Args = { beta: 0.5, options: { rates: { all: true } } };

describe('faults', () => {
  it('finds none where all is checked', async () => {
    expect(await faults('f', schemas, { good }, (args) => check('f', schemas, args))).toEqual([]);
    expect(badCalls(schemas, good).length).toBeGreaterThan(50);
  });

  it('makes the numbers next to each bound, and unknown fields at each depth', () => {
    const titles = badCalls(schemas, good).map(({ title }) => title);
    expect(titles).toEqual(
      expect.arrayContaining([
        '{beta: -1}',
        '{beta: 2}',
        '{options.batchSize: 0}',
        '{options.noSuchOption: 1}',
        '{options.rates.noSuchOption: 1}',
        '{options.rates.all: 1}',
        '{options.rates.all: undefined}',
      ]),
    );
  });

  it('finds a function that accepts, one that throws something else, and one that leaks', async () => {
    expect((await faults('f', schemas, { good }, () => 1)).at(0)).toBe('f({beta: null}): accepted');
    const slip = await faults('f', schemas, { good }, (args) => (args.beta as unknown as { x: { y: number } }).x.y);
    expect(slip.at(0)).toMatch(/the message does not name it: Cannot read/);
    let alive = 0;
    const leak = await faults(
      'f',
      schemas,
      { good, tensors: () => alive },
      (args) => (alive++, check('f', schemas, args)),
    );
    expect(leak.at(0)).toBe('f({beta: null}): 1 tensors left');
  });

  it('asks for a good value of an object that cannot be empty', () => {
    expect(() => badCalls(schemas, { beta: 0.5, options: {} })).toThrow('badCalls: pass a good value for rates');
  });
});
