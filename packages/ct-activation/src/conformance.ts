/**
 * The conformance table of the activation: what any backend's kernels, ours or a third party's, must get right.
 *
 *     for (const testCase of conformanceCases())
 *       it(testCase.name, async () => {
 *         for (const { quantity, error } of await measureConformance(testCase))
 *           expect(error, quantity).toBeLessThan(2e-6);
 *       });
 *
 * Cases run through `ctu` and its gradient on the current tfjs backend; the truth is math.ts in float64.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { grads, tensor, tidy, util } from '@tensorflow/tfjs-core';
import { ctu } from './ctu.js';
import { phi, phiDbeta, phiDcoeff, phiDx } from './math.js';

/** A tensor as plain data. */
export interface Values {
  shape: number[];
  values: Float32Array;
}

/** One case: an input, two parameters that broadcast to it, and an upstream gradient of x's shape. */
export interface ConformanceCase {
  name: string;
  x: Values;
  beta: Values;
  coeff: Values;
  dy: Values;
}

/** The largest error of one quantity over one case; see `measureConformance`. */
export interface ConformanceError {
  quantity: 'y' | 'dx' | 'dbeta' | 'dcoeff';
  error: number;
}

/** The table: ranks 0 to 6, empty tensors, odd channel counts, every form of the parameters, extremes. */
export function conformanceCases(): ConformanceCase[] {
  const extremes = [0, -0, 1e-6, -1e-6, 1e-40, 87, -87, 1e4, -1e4, 1e30, -1e30, 3.4e38, -3.4e38, Infinity, -Infinity];
  return [
    ...[[], [7], [3, 5], [2, 3, 5], [2, 3, 4, 5], [2, 1, 3, 2, 5], [2, 1, 2, 1, 3, 3]].flatMap((shape) => [
      makeCase(`rank ${shape.length}, scalar parameters`, shape, [], []),
      ...(shape.length > 0
        ? [makeCase(`rank ${shape.length}, one parameter per channel`, shape, shape.slice(-1), shape.slice(-1))]
        : []),
    ]),
    ...[1, 2, 3, 4, 5, 63, 64, 65].map((channels) =>
      makeCase(`${channels} channels`, [2, 3, 3, channels], [channels], [channels]),
    ),
    makeCase('scalar beta, coeff per channel', [3, 4, 6], [], [6]),
    makeCase('beta per channel, scalar coeff', [3, 4, 6], [6], []),
    makeCase('parameters of shape [1, 1, channels]', [3, 4, 6], [1, 1, 6], [1, 1, 6]),
    makeCase('parameters per row', [3, 4, 6], [4, 1], [4, 1]),
    makeCase('parameters per row and channel', [3, 4, 6], [4, 6], [4, 6]),
    makeCase('parameters per example', [3, 4, 6], [3, 1, 1], []),
    makeCase('one parameter per element', [3, 4, 6], [3, 4, 6], [3, 4, 6]),
    makeCase('empty batch', [0, 4, 6], [6], [6]),
    makeCase('no channels', [3, 0], [0], []),
    makeCase('100,001 elements, ragged', [100_001], [], []),
    makeCase('many rows', [1000, 17], [17], [17]),
    ...[0, 0.001, 0.5, 0.9, 0.999, 1].flatMap((beta) =>
      [0, 0.5, 1].map((coeff) => elementwise(`extremes at beta = ${beta}, coeff = ${coeff}`, extremes, beta, coeff)),
    ),
    elementwise('NaN stays NaN and its neighbours stay what they are', [1, NaN, -1, 0, NaN, NaN, 2, -3, NaN], 0.7, 0.4),
  ];
}

/**
 * Runs one case on the current backend and returns the largest error of y, dx, dbeta and dcoeff.
 *
 * An error is |got − exact| / max(1, |exact|); for the sums dbeta and dcoeff it is relative to max(1, sum of the
 * magnitudes of their terms). It is infinite where only one of the two is NaN or the infinities differ.
 *
 * @throws TypeError naming the part of the case that is no `Values`.
 */
export async function measureConformance(given: ConformanceCase): Promise<ConformanceError[]> {
  for (const name of ['x', 'beta', 'coeff', 'dy'] as const) {
    const { shape, values } = ((given as ConformanceCase | null | undefined)?.[name] ?? {}) as Partial<Values>;
    const size = Array.isArray(shape) ? shape.reduce((product, length) => product * length, 1) : undefined;
    if (!(values instanceof Float32Array) || values.length !== size)
      throw new TypeError(
        `measureConformance: ${name} must be {shape, values}, with a Float32Array of as many values as the shape says`,
      );
  }
  const { x, beta, coeff, dy } = given;
  const tensors = tidy(() => {
    const inputs = [x, beta, coeff].map(({ values, shape }) => tensor(values, shape, 'float32'));
    const y = ctu(inputs[0]!, inputs[1]!, inputs[2]);
    return [
      y,
      ...grads((...[x, beta, coeff]: Tensor[]) => ctu(x!, beta!, coeff))(
        inputs,
        tensor(dy.values, dy.shape, 'float32'),
      ),
    ];
  });
  const got = await Promise.all(tensors.map((t) => t.data()));
  tensors.forEach((t) => t.dispose());

  const names = ['y', 'dx', 'dbeta', 'dcoeff'] as const;
  return expectations(x, beta, coeff, dy).map(({ exact, scale }, k) => ({
    quantity: names[k]!,
    error: largestError(got[k]!, exact, scale),
  }));
}

interface Expectation {
  exact: Float64Array;
  scale: Float64Array;
}

function expectations(x: Values, beta: Values, coeff: Values, dy: Values): Expectation[] {
  const [y, dx, dbeta, dcoeff] = [x, x, beta, coeff].map(({ values }) => ({
    exact: new Float64Array(values.length),
    scale: new Float64Array(values.length),
  })) as [Expectation, Expectation, Expectation, Expectation];
  const accumulate = ({ exact, scale }: Expectation, i: number, term: number): void => {
    exact[i]! += term;
    scale[i]! += Math.abs(term);
  };
  x.values.forEach((xi, i) => {
    const b = broadcastIndex(i, x.shape, beta.shape);
    const c = broadcastIndex(i, x.shape, coeff.shape);
    const [bi, ci, dyi] = [beta.values[b]!, coeff.values[c]!, dy.values[i]!];
    accumulate(y, i, phi(xi, bi, ci));
    accumulate(dx, i, dyi * phiDx(xi, bi, ci));
    accumulate(dbeta, b, dyi * phiDbeta(xi, bi, ci));
    accumulate(dcoeff, c, dyi * phiDcoeff(xi, bi, ci));
  });
  return [y, dx, dbeta, dcoeff];
}

/**
 * The element of a tensor of shape `to` that broadcasting pairs with flat element `index` of a tensor of shape `from`.
 */
function broadcastIndex(index: number, from: number[], to: number[]): number {
  let result = 0;
  let stride = 1;
  let rest = index;
  for (let back = 1; back <= from.length; back++) {
    const coordinate = rest % from[from.length - back]!;
    rest = (rest - coordinate) / from[from.length - back]!;
    const size = to[to.length - back] ?? 1;
    if (size > 1) result += coordinate * stride;
    stride *= size;
  }
  return result;
}

function largestError(got: ArrayLike<number>, exact: Float64Array, scale: Float64Array): number {
  if (got.length !== exact.length) return Infinity;
  return exact.reduce((worst, e, i) => {
    const g = got[i]!;
    const rounded = Math.fround(e);
    if (Object.is(g, e) || g === rounded) return worst;
    if (!Number.isFinite(g) || !Number.isFinite(rounded)) return Number.isNaN(g) && Number.isNaN(e) ? worst : Infinity;
    return Math.max(worst, Math.abs(g - e) / Math.max(1, scale[i]!));
  }, 0);
}

function makeCase(name: string, shape: number[], betaShape: number[], coeffShape: number[]): ConformanceCase {
  const fill = (s: number[], f: (u: number) => number, salt: number): Values => ({
    shape: s,
    values: Float32Array.from({ length: util.sizeFromShape(s) }, (_, i) => f(scramble(i + salt))),
  });
  return {
    name,
    x: fill(shape, (u) => 8 * u - 4, 0),
    beta: fill(betaShape, (u) => 0.02 + 0.96 * u, 1e6),
    coeff: fill(coeffShape, (u) => u, 2e6),
    dy: fill(shape, (u) => 2 * u - 1, 3e6),
  };
}

/** A case with parameters of x's own shape, so that every element shows in dbeta and dcoeff. */
function elementwise(name: string, xs: number[], beta: number, coeff: number): ConformanceCase {
  const values = (f: (x: number) => number): Values => ({ shape: [xs.length], values: Float32Array.from(xs, f) });
  return { name, x: values((x) => x), beta: values(() => beta), coeff: values(() => coeff), dy: values(() => 1) };
}

/** A reproducible number in [0, 1) for each integer: the finaliser of MurmurHash3 (public domain, Austin Appleby). */
function scramble(i: number): number {
  let h = i | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
