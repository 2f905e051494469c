// Square's schedule, against the original's numbers.
import { describe, expect, it } from 'vitest';
import { goldenUnit } from '../../../test/goldenUnit.js';
import { squareShare } from './square.js';

const golden = goldenUnit();

describe('square', () => {
  it("covers the shares of the original's schedule exactly", () => {
    const { p_init: initialShare, iters, p } = golden.square_p_schedule_no_rescale;
    expect(iters.map((query) => squareShare(query, { initialShare }))).toEqual(p);
  });

  it('stretches the schedule to the queries there are', () => {
    expect(squareShare(50, { queries: 100, rescaleSchedule: true })).toBe(0.8 / 2 ** 7);
  });
});
