/**
 * One step of APGD on one image, in each norm: along the gradient, back into the ball and the pixel range, and, but
 * for L1, blended with the step before.
 */
import { projectOntoL1Ball } from '../geometry/l1Projection.js';
import type { Ball, Row } from '../geometry/norm.js';

/** The arrays of all images of a run; each image begins at `offset`. */
export interface StepArrays {
  /** Clean images. */
  readonly x: Float32Array;
  /** Current points, changed in place. */
  readonly current: Float32Array;
  /** The points before; set to what `current` was. */
  readonly previous: Float32Array;
  readonly gradient: Float32Array;
}

/** Weight of the new step; the rest goes to the step before. */
const MOMENTUM = 0.75;
const TINY = 1e-12;

/** How far, and how, one image is moved. */
export interface Stride {
  /** η, in units of the norm. */
  readonly stepSize: number;
  /** Whether there is no step before to blend with. */
  readonly isFirst: boolean;
  /** L1 only: the share of pixels that move. */
  readonly density: number;
}

/**
 * Takes the step.
 *
 * Source: Croce & Hein 2020, arXiv 2003.01690, equation 1; L1: Croce & Hein 2021, arXiv 2103.01208.
 */
export function apgdStep({ norm, eps }: Ball, arrays: StepArrays, row: Row, stride: Stride): void {
  const step = { Linf: linfStep, L2: l2Step, L1: l1Step }[norm];
  step(eps, arrays, row, stride);
}

type Step = (eps: number, arrays: StepArrays, row: Row, stride: Stride) => void;

const linfStep: Step = (eps, { x, current, previous, gradient }, { offset, size }, { stepSize, isFirst }) => {
  for (let i = offset; i < offset + size; i++) {
    const low = Math.max(x[i]! - eps, 0);
    const high = Math.min(x[i]! + eps, 1);
    const point = current[i]!;
    const g = gradient[i]!;
    const step = g > 0 ? stepSize : g < 0 ? -stepSize : 0;
    const projected = Math.min(Math.max(point + step, low), high);
    current[i] = Math.min(Math.max(blend(point, projected, previous[i]!, isFirst), low), high);
    previous[i] = point;
  }
};

const l2Step: Step = (eps, { x, current, previous, gradient }, { offset, size }, { stepSize, isFirst }) => {
  let squares = 0;
  for (let i = offset; i < offset + size; i++) squares += gradient[i]! * gradient[i]!;
  const scale = stepSize / (Math.sqrt(squares) + TINY);

  let length = 0;
  for (let i = offset; i < offset + size; i++) length += (current[i]! + scale * gradient[i]! - x[i]!) ** 2;
  const shrink = intoBall(Math.sqrt(length), eps);
  length = 0;
  for (let i = offset; i < offset + size; i++) {
    const point = current[i]!;
    const projected = clip(x[i]! + (point + scale * gradient[i]! - x[i]!) * shrink);
    const blended = blend(point, projected, previous[i]!, isFirst);
    previous[i] = point;
    current[i] = blended;
    length += (blended - x[i]!) ** 2;
  }
  const shrinkAgain = intoBall(Math.sqrt(length), eps);
  for (let i = offset; i < offset + size; i++) current[i] = clip(x[i]! + (current[i]! - x[i]!) * shrinkAgain);
};

const l1Step: Step = (eps, { x, current, previous, gradient }, { offset, size }, { stepSize, density }) => {
  const magnitudes = gradient
    .slice(offset, offset + size)
    .map(Math.abs)
    .sort();
  const threshold = magnitudes[Math.min(Math.max(Math.trunc((1 - density) * size), 0), size - 1)]!;
  let moved = 0;
  for (let i = offset; i < offset + size; i++) if (gradient[i] !== 0 && Math.abs(gradient[i]!) >= threshold) moved++;
  const step = stepSize / (moved + 1e-10);
  const delta = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    const g = gradient[offset + i]!;
    delta[i] = current[offset + i]! - x[offset + i]! + (Math.abs(g) >= threshold ? step * Math.sign(g) : 0);
  }
  projectOntoL1Ball(x, offset, delta, eps);
  previous.set(current.subarray(offset, offset + size), offset);
  for (let i = 0; i < size; i++) current[offset + i] = x[offset + i]! + delta[i]!;
};

/** The new step and the one before, weighted; the first has none before it. */
function blend(point: number, projected: number, previous: number, isFirst: boolean): number {
  const a = isFirst ? 1 : MOMENTUM;
  return point + (projected - point) * a + (point - previous) * (1 - a);
}

function intoBall(length: number, eps: number): number {
  return Math.min(eps, length) / (length + TINY);
}

function clip(value: number): number {
  return Math.min(Math.max(value, 0), 1);
}
