import { describe, expect, it } from 'vitest';
import { Checkpoints } from './checkpoints.js';

const schedule = { iterations: 100, scheduleIterations: 100, eps: 8, rho: 0.75, continues: false };
const points = { x: new Float32Array(4), start: new Float32Array(4), count: 1, size: 4 };

/** The steps at which checkpoints fall. */
function steps(checkpoints: Checkpoints, iterations: number): number[] {
  const found: number[] = [];
  for (let i = 1; i <= iterations; i++) {
    checkpoints.record(Float64Array.of(i));
    if (!checkpoints.due()) continue;
    found.push(i);
    checkpoints.next();
  }
  return found;
}

it('come after 22, 19, 16, ... steps, 6 at least (APGD, section 3.1)', () => {
  expect(steps(new Checkpoints('Linf', schedule, points), 100)).toEqual([22, 41, 57, 70, 80, 87, 93, 99]);
});

it('are equidistant in L1, every 4 %', () => {
  expect(steps(new Checkpoints('L1', schedule, points), 20)).toEqual([4, 8, 12, 16, 20]);
});

describe('at a checkpoint in Linf', () => {
  const at = (losses: number[], best: number): { back: boolean; stepSize: number } => {
    const checkpoints = new Checkpoints('Linf', { ...schedule, scheduleIterations: 20 }, points);
    checkpoints.begin(Float64Array.of(0));
    losses.forEach((loss) => checkpoints.record(Float64Array.of(loss)));
    expect(checkpoints.due()).toBe(true);
    const stepSizes = Float64Array.of(1);
    const back = checkpoints.adapt(0, points.start, Float64Array.of(best), stepSizes);
    return { back, stepSize: stepSizes[0]! };
  };

  it('an image whose loss rises goes on', () => {
    expect(at([1, 2, 3, 4], 4)).toEqual({ back: false, stepSize: 1 });
  });

  it('one that rose in three steps of four gets half the step, and goes back', () => {
    expect(at([1, 2, 1, 3], 3)).toEqual({ back: true, stepSize: 0.5 });
  });
});

it('a second checkpoint without a better loss halves the step, however the loss rose on the way', () => {
  const checkpoints = new Checkpoints('Linf', { ...schedule, scheduleIterations: 5 }, points);
  checkpoints.begin(Float64Array.of(0));
  const stepSizes = Float64Array.of(1);
  checkpoints.record(Float64Array.of(1));
  expect(checkpoints.adapt(0, points.start, Float64Array.of(1), stepSizes)).toBe(false);
  checkpoints.next();
  checkpoints.record(Float64Array.of(2));
  expect(checkpoints.adapt(0, points.start, Float64Array.of(1), stepSizes)).toBe(true);
  expect(stepSizes[0]).toBe(0.5);
});

it('in L1 a sparser best point brings the largest step and a share of its pixels', () => {
  const checkpoints = new Checkpoints('L1', schedule, points);
  expect(checkpoints.density[0]).toBeCloseTo(0.2, 12);
  const stepSizes = Float64Array.of(8);
  expect(checkpoints.adapt(0, Float32Array.of(1, 0, 0, 0), Float64Array.of(0), stepSizes)).toBe(true);
  expect(checkpoints.density[0]).toBeCloseTo(1 / 4 / 1.5, 12);
  expect(stepSizes[0]).toBe(8);
  expect(checkpoints.adapt(0, Float32Array.of(1, 0, 0, 0), Float64Array.of(0), stepSizes)).toBe(false);
  expect(stepSizes[0]).toBeCloseTo(8 / 1.5, 12);
  for (let i = 0; i < 10; i++) checkpoints.adapt(0, Float32Array.of(1, 0, 0, 0), Float64Array.of(0), stepSizes);
  expect(stepSizes[0]).toBeCloseTo(0.8, 12);
});
