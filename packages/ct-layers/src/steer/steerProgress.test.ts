import { expect, it } from 'vitest';
import type { SteerProgress } from './steerProgress.js';
import { SteerProgressReporter } from './steerProgress.js';
import type { SteerPlan } from './steerTrials.js';

const step = { beta: 0.8, validationAccuracy: 1, validationLoss: 0, seconds: 1, interpolated: false };
const run = { passes: { features: 30, calibration: 20, validation: 10 } };

function reporter(signal?: AbortSignal): { made: SteerProgressReporter; heard: SteerProgress[] } {
  const heard: SteerProgress[] = [];
  return { made: new SteerProgressReporter({ onProgress: (progress) => heard.push(progress), signal }), heard };
}

it.each<[SteerPlan, boolean, number, number]>([
  // Two betas; the network's own start as given, and calibrated. A head each.
  [{ betas: 2 }, true, 2, 2 * 51 + 31 + 51],
  [{ betas: 2 }, false, 1, 2 * 31 + 31],
  [{ betas: 2 }, false, 0, 2 * 31],
  [{ betas: 2, interpolated: 7 }, true, 0, 2 * 51 + 7],
])('%j, calibrated: %s, own starts: %d: plans %d images and heads', (plan, calibrate, own, total) => {
  const { made, heard } = reporter();
  expect(heard[0]).toMatchObject({ phase: 'steer', done: 0, total: null, secondsLeft: null, best: undefined });
  made.plan(run, calibrate, plan, own);
  made.counter.count(8);
  expect(heard[1]).toMatchObject({ done: 8, total });
  expect(heard[1]).not.toHaveProperty('step');
});

it('tells of a beta once, and of the best from then on', () => {
  const { made, heard } = reporter();
  made.plan(run, false, { betas: 1 });
  made.tried(step, step);
  expect(heard[1]).toMatchObject({ done: 0, step, best: step });
  made.counter.count(2);
  expect(heard[2]).toMatchObject({ done: 2, best: step });
  expect(heard[2]).not.toHaveProperty('step');
});

it('a beta stops a run that was aborted', () => {
  const { made } = reporter(AbortSignal.abort(new Error('enough')));
  expect(() => made.tried(step, step)).toThrow('enough');
});
