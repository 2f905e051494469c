import { describe, expect, it } from 'vitest';
import type { StepArrays, Stride } from './apgdStep.js';
import { apgdStep } from './apgdStep.js';

const arrays = (x: number[], current: number[], gradient: number[], previous = current): StepArrays => ({
  x: Float32Array.from(x),
  current: Float32Array.from(current),
  previous: Float32Array.from(previous),
  gradient: Float32Array.from(gradient),
});
const first: Stride = { stepSize: 0.1, isFirst: true, density: 1 };
const close = (got: Float32Array, expected: number[]): void =>
  expected.forEach((value, i) => expect(got[i], `value ${i}`).toBeCloseTo(value, 6));

describe('in Linf', () => {
  it('goes a step along the sign, nowhere where the gradient is 0 or NaN, and keeps where it was', () => {
    const a = arrays([0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5], [3, -1e-9, 0, NaN]);
    apgdStep({ norm: 'Linf', eps: 1 }, a, { offset: 0, size: 4 }, first);
    close(a.current, [0.6, 0.4, 0.5, 0.5]);
    close(a.previous, [0.5, 0.5, 0.5, 0.5]);
  });

  it('stays in the ball and in the range of pixels', () => {
    const a = arrays([0.5, 0.02], [0.54, 0.02], [1, -1]);
    apgdStep({ norm: 'Linf', eps: 0.05 }, a, { offset: 0, size: 2 }, first);
    close(a.current, [0.55, 0]);
  });

  it('blends three quarters of the step with a quarter of the one before', () => {
    const a = arrays([0.5], [0.5], [1], [0.46]);
    apgdStep({ norm: 'Linf', eps: 1 }, a, { offset: 0, size: 1 }, { ...first, isFirst: false });
    close(a.current, [0.5 + 0.75 * 0.1 + 0.25 * 0.04]);
  });

  it('moves its own row alone', () => {
    const a = arrays([0.5, 0.5, 0.5], [0.5, 0.5, 0.5], [1, 1, 1]);
    apgdStep({ norm: 'Linf', eps: 1 }, a, { offset: 1, size: 1 }, first);
    close(a.current, [0.5, 0.6, 0.5]);
  });
});

describe('in L2', () => {
  it('goes a step of that length along the gradient', () => {
    const a = arrays([0.5, 0.5], [0.5, 0.5], [3, 4]);
    apgdStep({ norm: 'L2', eps: 1 }, a, { offset: 0, size: 2 }, first);
    close(a.current, [0.56, 0.58]);
  });

  it('ends on the sphere where the step leaves the ball', () => {
    const a = arrays([0.5, 0.5], [0.5, 0.5], [3, 4]);
    apgdStep({ norm: 'L2', eps: 0.05 }, a, { offset: 0, size: 2 }, first);
    close(a.current, [0.53, 0.54]);
  });
});

describe('in L1', () => {
  it('shares the step among the largest parts of the gradient', () => {
    const a = arrays([0.5, 0.5, 0.5, 0.5], [0.5, 0.5, 0.5, 0.5], [4, -3, 1, 0.5]);
    apgdStep({ norm: 'L1', eps: 1 }, a, { offset: 0, size: 4 }, { ...first, density: 0.5 });
    close(a.current, [0.55, 0.45, 0.5, 0.5]);
  });

  it('stays in the ball', () => {
    const a = arrays([0.5, 0.5], [0.5, 0.5], [1, 1]);
    apgdStep({ norm: 'L1', eps: 0.04 }, a, { offset: 0, size: 2 }, first);
    expect(Math.abs(a.current[0]! - 0.5) + Math.abs(a.current[1]! - 0.5)).toBeLessThanOrEqual(0.04 + 1e-6);
  });
});
