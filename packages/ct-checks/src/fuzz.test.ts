import { describe, expect, it } from 'vitest';
import type { Fuzz } from './fuzz.js';
import { fuzz } from './fuzz.js';

const meta = (): { meta: { cases?: number } } => ({ meta: {} });
const cases: Fuzz<number> = {
  cases: 10,
  seed: 1,
  draw: (_, i) => ({ title: `case ${i}`, value: i }),
  run: (value) => {
    if (value % 2 === 0) throw new RangeError(`half: ${value} must be odd`);
    return undefined;
  },
  refusal: /^half: /,
};

describe('fuzz', () => {
  it('counts what is refused and accepted, and leaves the number of cases for the report', async () => {
    const task = meta();
    expect(await fuzz(task, cases)).toEqual({ faults: [], refused: 5, accepted: 5 });
    expect(task.meta.cases).toBe(10);
  });

  it.each<[string, Partial<Fuzz<number>>, string]>([
    ['refusals that are not ours', { refusal: /^third: / }, 'threw what is not ours'],
    [
      "the engine's words",
      { run: () => Promise.reject(new TypeError("half: Cannot read properties of undefined (reading 'x')")) },
      'does not say what is wrong',
    ],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    ['what is thrown and no Error', { run: () => Promise.reject('half: odd') }, 'threw what is no Error'],
    ['differences', { run: () => '3, not 4' }, 'case 0: 3, not 4'],
  ])('reports %s', async (_, more, expected) => {
    const { faults } = await fuzz(meta(), { ...cases, ...more });
    expect(faults[0]).toContain(expected);
  });

  it('reports what a case leaves behind', async () => {
    let alive = 0;
    const { faults } = await fuzz(meta(), {
      ...cases,
      run: (value) => ((alive += value === 4 ? 2 : 0), undefined),
      alive: () => alive,
    });
    expect(faults).toEqual(['4, case 4: 2 left']);
  });
});
