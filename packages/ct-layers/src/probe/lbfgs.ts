/**
 * L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.5): minimises a smooth function of a few thousand
 * variables to convergence. State and arithmetic are float64; the function may be float32, as tfjs's are, so the line
 * search gives up quietly where the decrease it looks for drowns in rounding.
 */

/** A function value and its gradient. */
export interface Evaluation {
  value: number;
  gradient: Float64Array;
}

/** When the minimisation stops, and how much it remembers. */
export interface LbfgsOptions {
  /** Converged when no entry of the gradient exceeds this. */
  tolerance?: number | undefined;
  maxIterations?: number | undefined;
  /** Pairs of steps and gradient differences that are remembered. */
  memory?: number | undefined;
}

/** The point that a minimisation ended at, and why it ended. */
export interface Minimum {
  x: Float64Array;
  value: number;
  iterations: number;
  /** `stalled`: the line search found no further decrease, usually at the precision of the function. */
  status: 'converged' | 'stalled' | 'iterationLimit';
}

/** Sufficient decrease (Armijo) and curvature constants of the line search, as in Nocedal and Wright, section 3.1. */
const ARMIJO = 1e-4;
const CURVATURE = 0.9;

interface Point {
  x: Float64Array;
  evaluation: Evaluation;
}

/** Minimises `evaluate` from `start`. */
export async function lbfgs(
  evaluate: (x: Float64Array) => Promise<Evaluation>,
  start: Float64Array,
  { tolerance = 1e-5, maxIterations = 1000, memory = 10 }: LbfgsOptions = {},
): Promise<Minimum> {
  let x = start;
  let current = await evaluate(x);
  const pairs: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let iterations = 0; iterations < maxIterations; iterations++) {
    if (current.gradient.every((g) => Math.abs(g) <= tolerance))
      return { x, value: current.value, iterations, status: 'converged' };
    const direction = descentDirection(current.gradient, pairs);
    const firstStep = pairs.length === 0 ? 1 / Math.max(1, norm(current.gradient)) : 1;
    const found = await lineSearch(evaluate, { x, evaluation: current }, direction, firstStep);
    if (found === undefined) {
      if (pairs.length === 0) return { x, value: current.value, iterations, status: 'stalled' };
      // A stale memory can spoil the direction: forget it and try steepest descent before giving up.
      pairs.length = 0;
      continue;
    }
    const s = found.x.map((v, i) => v - x[i]!);
    const y = found.evaluation.gradient.map((g, i) => g - current.gradient[i]!);
    const sy = dot(s, y);
    if (sy > 1e-10 * dot(y, y)) {
      pairs.push({ s, y, rho: 1 / sy });
      if (pairs.length > memory) pairs.shift();
    }
    x = found.x;
    current = found.evaluation;
  }
  return { x, value: current.value, iterations: maxIterations, status: 'iterationLimit' };
}

/** −H·gradient by the two-loop recursion, with H0 = (s·y / y·y)·I from the newest pair. */
function descentDirection(
  gradient: Float64Array,
  pairs: { s: Float64Array; y: Float64Array; rho: number }[],
): Float64Array {
  const q = gradient.map((g) => -g);
  const alphas = pairs.map(() => 0);
  for (let i = pairs.length - 1; i >= 0; i--) {
    const { s, y, rho } = pairs[i]!;
    alphas[i] = rho * dot(s, q);
    q.forEach((_, j) => (q[j]! -= alphas[i]! * y[j]!));
  }
  const newest = pairs.at(-1);
  if (newest !== undefined) {
    const scale = 1 / (newest.rho * dot(newest.y, newest.y));
    q.forEach((v, j) => (q[j] = v * scale));
  }
  pairs.forEach(({ s, y, rho }, i) => {
    const correction = alphas[i]! - rho * dot(y, q);
    q.forEach((_, j) => (q[j]! += correction * s[j]!));
  });
  return q;
}

/**
 * A step that meets both Wolfe conditions, found by bisection and doubling; undefined when there is none in 30 trials.
 */
async function lineSearch(
  evaluate: (x: Float64Array) => Promise<Evaluation>,
  { x, evaluation: from }: Point,
  direction: Float64Array,
  firstStep: number,
): Promise<Point | undefined> {
  const slope = dot(from.gradient, direction);
  if (!(slope < 0)) return undefined;
  let [low, high, step] = [0, Infinity, firstStep];
  for (let trial = 0; trial < 30; trial++) {
    const candidate = x.map((v, i) => v + step * direction[i]!);
    const evaluation = await evaluate(candidate);
    if (!(evaluation.value <= from.value + ARMIJO * step * slope)) high = step;
    else if (dot(evaluation.gradient, direction) < CURVATURE * slope) low = step;
    else return { x: candidate, evaluation };
    step = high === Infinity ? 2 * step : (low + high) / 2;
  }
  return undefined;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}
