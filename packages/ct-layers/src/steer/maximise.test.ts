import fc from 'fast-check';
import { expect, it } from 'vitest';
import { maximise, searchLength } from './maximise.js';

/** Rises strictly to a flat top and falls strictly behind it. */
const unimodal = fc
  .record({
    rise: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 20 }),
    top: fc.integer({ min: 1, max: 4 }),
    fall: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 20 }),
  })
  .map(({ rise, top, fall }) => {
    const values = [0];
    rise.forEach((step) => values.push(values.at(-1)! + step));
    for (let i = 1; i < top; i++) values.push(values.at(-1)!);
    fall.forEach((step) => values.push(values.at(-1)! - step));
    return values;
  });

it(
  'golden-section search finds the first maximum of every unimodal function, as the grid does, and asks ' +
    'for no point twice',
  async () => {
    await fc.assert(
      fc.asyncProperty(unimodal, async (values) => {
        const asked: number[] = [];
        const evaluate = (points: number[]): Promise<number[]> => {
          asked.push(...points);
          return Promise.resolve(points.map((point) => values[point]!));
        };
        const grid = values.map((_, i) => i);
        const expected = { at: values.indexOf(Math.max(...values)), value: Math.max(...values) };
        expect(await maximise(grid, evaluate, { search: 'golden' })).toEqual(expected);
        expect(new Set(asked).size).toBe(asked.length);
        asked.length = 0;
        expect(await maximise(grid, evaluate, { search: 'grid' })).toEqual(expected);
        expect(asked).toEqual(grid);
      }),
      { numRuns: 500 },
    );
  },
);

it('golden-section search asks for at most 11 of 30 points around a single peak', async () => {
  for (let peak = 0; peak < 30; peak++) {
    let asked = 0;
    const plans: number[] = [];
    const { at } = await maximise(
      Array.from({ length: 30 }, (_, i) => i),
      (points) => ((asked += points.length), Promise.resolve(points.map((point) => -Math.abs(point - peak)))),
      { search: 'golden', onPlan: (left) => plans.push(asked + left) },
    );
    expect(at).toBe(peak);
    expect(asked).toBeLessThanOrEqual(11);
    // What it says it will ask for is what it asks for in the end, to three points.
    plans.forEach((plan) => expect(Math.abs(plan - asked)).toBeLessThanOrEqual(3));
    expect(plans[0]).toBe(searchLength(30, 'golden'));
    expect(plans.at(-1)).toBe(asked);
  }
});
