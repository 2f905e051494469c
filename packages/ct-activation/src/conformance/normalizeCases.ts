/**
 * Cases of `normalizeBatch`, and how far the current backend is from float64 on them.
 */
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { clone, grads, keep, tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { phi, phiDbeta, phiDcoeff, phiDx } from '../math.js';
import type { NormalizeBatchParameters } from '../normalizeBatch.js';
import { normalizeBatch } from '../normalizeBatch.js';

/** One case: x is drawn with this mean and deviation, about which each channel differs a little. */
export interface NormalizeCase {
  name: string;
  /** Of x; channels last. */
  shape: number[];
  mean: number;
  deviation: number;
  epsilon: number;
  /** Whether a unit stands behind the normalisation. */
  unit: boolean;
  seed: number;
}

/** The largest error of one quantity over a case; see `measureNormalize`. */
export interface NormalizeError {
  quantity: 'y' | 'mean' | 'variance' | 'dx' | 'dscale' | 'doffset' | 'dbeta' | 'dcoeff';
  error: number;
}

/** The table: shapes that divide by no vector, ranks 1 to 5, one row, many channels, means far above the deviation. */
export function normalizeCases(): NormalizeCase[] {
  const shapes = [
    [6],
    [5, 1],
    [7, 3],
    [2, 3, 3, 4],
    [1, 8],
    [33, 5],
    [4, 5, 5, 16],
    [2, 1, 3, 2, 5],
    [3, 2, 65],
    [130, 64],
    [9, 257],
    [70, 300],
    [1001, 17],
  ];
  const base = { mean: 0, deviation: 1, epsilon: 1e-3 };
  return [true, false]
    .flatMap((unit) => [
      ...shapes.map((shape, seed) => ({ ...base, name: `[${shape.join(', ')}]`, shape, unit, seed })),
      { ...base, name: 'means of 1000', shape: [300, 6], mean: 1000, unit, seed: 20 },
      {
        ...base,
        name: 'deviations of 1e-3, epsilon 1e-5',
        shape: [300, 6],
        deviation: 1e-3,
        epsilon: 1e-5,
        unit,
        seed: 21,
      },
      { ...base, name: 'deviations of 1e4', shape: [300, 6], deviation: 1e4, unit, seed: 22 },
      { ...base, name: 'channels that do not vary', shape: [40, 6], mean: 3, deviation: 0, unit, seed: 23 },
    ])
    .map((one) => ({ ...one, name: `${one.name}, ${one.unit ? 'with' : 'without'} a unit` }));
}

/**
 * Runs one case on the current backend and returns the largest error of each quantity.
 *
 * An error is |got − exact| / scale. The scale is at least 1 and the largest magnitude for y, that or the largest
 * scale·r for dx, and the sum of the magnitudes of the terms for the gradients of parameters; all of these times the
 * condition of the normalisation, max(1, max|x|·r / 8), because the mean is rounded. For the mean it is the largest
 * |x|, for a variance itself or epsilon.
 */
export async function measureNormalize(given: NormalizeCase): Promise<NormalizeError[]> {
  const { shape, epsilon, unit } = given;
  if (!Array.isArray(shape) || shape.length === 0 || !shape.every((n) => Number.isSafeInteger(n) && n > 0))
    throw new TypeError('measureNormalize: shape must be a list of whole numbers from 1 on');
  const channels = shape.at(-1)!;
  const draw = drawing(given.seed);
  const size = shape.reduce((a, b) => a * b, 1);
  const values = {
    x: Float32Array.from(
      { length: size },
      (_, i) => given.mean * (1 + (i % channels) / 7) + given.deviation * normal(draw),
    ),
    dy: Float32Array.from({ length: size }, () => 2 * draw() - 1),
    scale: Float32Array.from({ length: channels }, () => 0.5 + draw()),
    offset: Float32Array.from({ length: channels }, () => 2 * draw() - 1),
    beta: Float32Array.from({ length: channels }, () => 0.02 + 0.96 * draw()),
    coeff: Float32Array.from({ length: channels }, () => draw()),
  };
  const got = await run(given, values);
  const exact = inFloat64(values, channels, epsilon, unit);
  return (Object.keys(exact) as NormalizeError['quantity'][]).map((quantity) => {
    const { of, scale } = exact[quantity]!;
    const result = got[quantity]!;
    const error = of.reduce((worst, e, i) => {
      const difference = Math.abs(result[i]! - e) / scale[Math.min(i, scale.length - 1)]!;
      return Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
    }, 0);
    return { quantity, error };
  });
}

type Inputs = Record<'x' | 'dy' | 'scale' | 'offset' | 'beta' | 'coeff', Float32Array>;
type Results = Partial<Record<NormalizeError['quantity'], ArrayLike<number>>>;

async function run({ shape, epsilon, unit }: NormalizeCase, values: Inputs): Promise<Results> {
  const [x, dy] = [tensor(values.x, shape, 'float32'), tensor(values.dy, shape, 'float32')];
  const [scale, offset, beta, coeff] = [values.scale, values.offset, values.beta, values.coeff].map((v) =>
    tensor1d(v, 'float32'),
  ) as [Tensor1D, Tensor1D, Tensor1D, Tensor1D];
  let statistics: Tensor | undefined;
  const f = (...[a, s, o, b, c]: Tensor[]): Tensor => {
    const parameters = { scale: s, offset: o, epsilon, unit: unit ? { beta: b, coeff: c } : null };
    return normalizeBatch(a!, parameters as NormalizeBatchParameters, { scale: true, unit }, (found) => {
      statistics?.dispose();
      statistics = keep(clone(found));
    });
  };
  const inputs = [x, scale, offset, ...(unit ? [beta, coeff] : [])];
  const tensors = tidy(() => [f(...inputs), ...grads(f)(inputs, dy)]);
  const results = await Promise.all([statistics!, ...tensors].map((t) => t.data()));
  [x, dy, scale, offset, beta, coeff, statistics!, ...tensors].forEach((t) => t.dispose());
  const channels = scale.size;
  const [found, y, dx, dscale, doffset, dbeta, dcoeff] = results;
  return {
    y: y!,
    mean: found!.slice(0, channels),
    variance: found!.slice(channels),
    dx: dx!,
    dscale: dscale!,
    doffset: doffset!,
    ...(unit && { dbeta: dbeta!, dcoeff: dcoeff! }),
  };
}

/** What each quantity is, and what its error is measured by: a number an element, or one for all. */
type Exact = Partial<Record<NormalizeError['quantity'], { of: Float64Array; scale: Float64Array }>>;

function inFloat64(
  { x, dy, scale, offset, beta, coeff }: Inputs,
  channels: number,
  epsilon: number,
  unit: boolean,
): Exact {
  const count = x.length / channels;
  const zeros = (length: number): Float64Array => new Float64Array(length);
  const perChannel = (term: (i: number, k: number) => number): Float64Array => {
    const sums = zeros(channels);
    x.forEach((_, i) => (sums[i % channels]! += term(i, i % channels)));
    return sums;
  };
  const mean = perChannel((i) => x[i]! / count);
  const variance = perChannel((i, k) => (x[i]! - mean[k]!) ** 2 / count);
  const r = variance.map((v) => 1 / Math.sqrt(v + epsilon));
  const h = Float64Array.from(x, (v, i) => (v - mean[i % channels]!) * r[i % channels]!);
  const z = h.map((v, i) => scale[i % channels]! * v + offset[i % channels]!);
  const at = <T>(f: (z: number, b: number, c: number) => T, i: number): T =>
    f(z[i]!, beta[i % channels]!, coeff[i % channels]!);
  const g = Float64Array.from(dy, (d, i) => (unit ? d * at(phiDx, i) : d));
  const [sum, product] = [perChannel((i) => g[i]!), perChannel((i) => g[i]! * h[i]!)];
  const dx = g.map((v, i) => {
    const k = i % channels;
    return scale[k]! * r[k]! * (v - sum[k]! / count - (h[i]! * product[k]!) / count);
  });
  const largest = (of: ArrayLike<number>): Float64Array =>
    Float64Array.of(Array.from(of).reduce((most, v) => Math.max(most, Math.abs(v)), 1));
  const sums = (term: (i: number) => number): { of: Float64Array; scale: Float64Array } => ({
    of: perChannel(term),
    scale: perChannel((i) => Math.abs(term(i))).map((s) => Math.max(1, s)),
  });
  const y = unit ? z.map((_, i) => at(phi, i)) : z;
  const steepest = r.reduce((most, v, k) => Math.max(most, v * scale[k]!), 1);
  const condition = Math.max(1, (largest(x)[0]! * Math.max(...r)) / 8);
  const exact: Exact = {
    y: { of: y, scale: largest(y) },
    dx: { of: dx, scale: largest(dx).map((v) => Math.max(v, steepest)) },
    dscale: sums((i) => g[i]! * h[i]!),
    doffset: sums((i) => g[i]!),
    ...(unit && { dbeta: sums((i) => dy[i]! * at(phiDbeta, i)), dcoeff: sums((i) => dy[i]! * at(phiDcoeff, i)) }),
  };
  for (const one of Object.values(exact)) one.scale = one.scale.map((v) => v * condition);
  return {
    mean: { of: mean, scale: largest(x) },
    variance: { of: variance, scale: variance.map((v) => Math.max(v, epsilon)) },
    ...exact,
  };
}

/** Numbers in [0, 1) from a seed: mulberry32. */
function drawing(seed: number): () => number {
  let state = (seed + 1) * 0x6d2b79f5;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Normally distributed, by Box and Muller. */
function normal(draw: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}
