import { expect, it } from 'vitest';
import type { ProbeRun } from '../probe/probeRun.js';
import type { SteerProgress } from './steerProgress.js';
import { SteerProgressReporter } from './steerProgress.js';

const step = { beta: 0.8, validationAccuracy: 1, validationLoss: 0, seconds: 1, interpolated: false };
const runOf = (): Pick<ProbeRun, 'passes' | 'onImages'> => ({
  passes: { features: 30, calibration: 20, validation: 10 },
  onImages: undefined,
});

function reporter(
  options: { calibrate: boolean; protocol?: 'strict' | 'paper' },
  signal?: AbortSignal,
): { run: ReturnType<typeof runOf>; made: SteerProgressReporter; heard: SteerProgress[] } {
  const [run, heard] = [runOf(), [] as SteerProgress[]];
  const { protocol, calibrate } = options;
  const onProgress = (progress: SteerProgress): void => void heard.push(progress);
  const made = new SteerProgressReporter(run as ProbeRun, { onProgress, signal, protocol }, { calibrate, betas: 2 });
  return { run, made, heard };
}

it.each([
  // Two betas; the network's own start as given, and calibrated.
  [{ calibrate: true }, 2 * 50 + 30 + 50],
  [{ calibrate: false }, 2 * 30 + 30],
  [{ calibrate: false, protocol: 'paper' as const }, 2 * 30],
])('%j: counts %d images in all, from the first batch on', (options, total) => {
  const { run, made, heard } = reporter(options);
  run.onImages!(8);
  expect(heard[0]).toMatchObject({ phase: 'steer', done: 8, total, best: undefined });
  expect(heard[0]).not.toHaveProperty('step');
  made.step(step, step);
  expect(heard[1]).toMatchObject({ done: 8, step, best: step });
  run.onImages!(2);
  expect(heard[2]).toMatchObject({ done: 10, best: step });
});

it('total grows with a search that turns out longer, and ends at what was done', () => {
  const { run, made, heard } = reporter({ calibrate: false });
  run.onImages!(200);
  expect([heard[0]!.done, heard[0]!.total]).toEqual([200, 200]);
  const short = reporter({ calibrate: false });
  short.run.onImages!(5);
  short.made.finish();
  expect(short.heard.at(-1)).toMatchObject({ done: 5, total: 5, secondsLeft: 0 });
  made.finish();
});

it('a step stops a run that was aborted', () => {
  const { made } = reporter({ calibrate: false }, AbortSignal.abort(new Error('enough')));
  expect(() => made.step(step, step)).toThrow('enough');
});
