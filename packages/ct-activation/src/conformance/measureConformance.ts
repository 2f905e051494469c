/**
 * How far the kernels of the current backend are from the truth.
 */
import type { Tensor } from '@tensorflow/tfjs-core';
import { fill, grads, tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { ctu } from '../ctu.js';
import { phi, phiDbeta, phiDcoeff, phiDx, phiEven } from '../math.js';
import type { UnitForm } from '../unitForm.js';
import { checkForm, isPlain, PLAIN } from '../unitForm.js';
import type { ConformanceCase, Values } from './conformanceCases.js';

const QUANTITIES = ['y', 'dx', 'dbeta', 'dcoeff'] as const;

/** The largest error of one quantity over one case; see `measureConformance`. */
export interface ConformanceError {
  quantity: 'y' | 'dx' | 'dbeta' | 'dcoeff';
  error: number;
}

/**
 * Runs one case on the current backend and returns the largest error of y, dx, dbeta and dcoeff.
 *
 * An error is |got − exact| / max(1, |exact|); for the sums dbeta and dcoeff, and all that a clipped or leaky unit
 * gives, it is relative to max(1, sum of the magnitudes of the terms). It is infinite where only one of the two is NaN
 * or the infinities differ.
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
  const { x, beta, coeff, dy, form = PLAIN } = given;
  checkForm('measureConformance: form', form);
  const inputs = [x, beta, coeff].map(({ values, shape }) => tensor(values, shape, 'float32'));
  const upstream = tensor(dy.values, dy.shape, 'float32');
  const got = await valuesOf(tidy(() => ctuAndGradients(inputs as [Tensor, Tensor, Tensor], form, upstream)));
  [...inputs, upstream].forEach((t) => t.dispose());
  return expectations(given).map(({ exact, scale }, k) => ({
    quantity: QUANTITIES[k]!,
    error: largestError(got[k]!, exact, scale),
  }));
}

/**
 * Values and derivatives in more digits than float64 has, at each x for each pair of parameters: the golden file
 * test/golden/ctu_grid.json.
 */
export interface ConformanceGrid {
  x: number[];
  cases: { beta: number; c: number; y: number[]; dx: number[]; dbeta: number[]; dc: number[] }[];
}

/**
 * Runs a grid on the current backend and returns the errors |got − exact| / max(1, |exact|) of y, dx, dbeta and dcoeff,
 * the largest of each over each pair of parameters, and where it is.
 *
 * @throws TypeError where the grid is none: lists of numbers, all as long as x.
 */
export async function measureGrid(grid: ConformanceGrid): Promise<(ConformanceError & { at: string })[]> {
  checkGrid(grid);
  const { x, cases } = grid;
  const errors: (ConformanceError & { at: string })[] = [];
  for (const row of cases) {
    const tensors = tidy(() =>
      ctuAndGradients([tensor1d(x), fill([x.length], row.beta), fill([x.length], row.c)], PLAIN),
    );
    const got = await valuesOf(tensors);
    [row.y, row.dx, row.dbeta, row.dc].forEach((exact, k) => {
      const each = exact.map((e, i) => largestError([got[k]![i]!], Float64Array.of(e), Float64Array.of(Math.abs(e))));
      const error = Math.max(...each);
      errors.push({ quantity: QUANTITIES[k]!, error, at: `x=${x[each.indexOf(error)]}, beta=${row.beta}, c=${row.c}` });
    });
  }
  return errors;
}

function checkGrid(grid: ConformanceGrid | null | undefined): void {
  const { x, cases } = (grid ?? {}) as Partial<ConformanceGrid>;
  const isList = (list: unknown, length: number): boolean =>
    Array.isArray(list) && list.length === length && list.every((value) => typeof value === 'number');
  if (!Array.isArray(x) || !isList(x, x.length)) throw new TypeError('measureGrid: grid.x must be a list of numbers');
  const isRow = (row: ConformanceGrid['cases'][number] | null | undefined): boolean =>
    isList([row?.beta, row?.c], 2) && [row?.y, row?.dx, row?.dbeta, row?.dc].every((list) => isList(list, x.length));
  if (!Array.isArray(cases) || !cases.every(isRow))
    throw new TypeError('measureGrid: grid.cases must have beta, c, and as many y, dx, dbeta and dc as there are x');
}

/** y, dx, dbeta and dcoeff; by default all upstream gradients are 1. */
function ctuAndGradients(inputs: [Tensor, Tensor, Tensor], form: UnitForm, dy?: Tensor): Tensor[] {
  return [ctu(...inputs, form), ...grads((...[x, b, c]: Tensor[]) => ctu(x!, b!, c, form))(inputs, dy)];
}

/** Reads tensors and disposes of them. */
async function valuesOf(tensors: Tensor[]): Promise<ArrayLike<number>[]> {
  const values = await Promise.all(tensors.map((t) => t.data()));
  tensors.forEach((t) => t.dispose());
  return values;
}

interface Expectation {
  exact: Float64Array;
  scale: Float64Array;
}

function expectations({ x, beta, coeff, dy, form = PLAIN }: ConformanceCase): Expectation[] {
  const [y, dx, dbeta, dcoeff] = [x, x, beta, coeff].map(({ values }) => ({
    exact: new Float64Array(values.length),
    scale: new Float64Array(values.length),
  })) as [Expectation, Expectation, Expectation, Expectation];
  const accumulate = ({ exact, scale }: Expectation, i: number, terms: number[]): void => {
    for (const term of terms) scale[i]! += Math.abs(term);
    exact[i]! += terms.reduce((sum, term) => sum + term, 0);
  };
  x.values.forEach((xi, i) => {
    const b = broadcastIndex(i, x.shape, beta.shape);
    const c = broadcastIndex(i, x.shape, coeff.shape);
    const [bi, ci, dyi] = [beta.values[b]!, coeff.values[c]!, dy.values[i]!];
    const { value, derivative } = unitTerms(xi, bi, ci, form);
    const scaled = (terms: number[]): number[] => terms.map((term) => dyi * term);
    accumulate(y, i, value);
    accumulate(dx, i, scaled([...derivative(phiDx), ...(form.alpha === 0 ? [] : [Math.fround(form.alpha)])]));
    accumulate(dbeta, b, scaled(derivative(phiDbeta)));
    accumulate(dcoeff, c, scaled(derivative(phiDcoeff)));
  });
  return [y, dx, dbeta, dcoeff];
}

/** The terms that a unit of some form is the sum of, and those of a derivative, given phi's. */
function unitTerms(
  x: number,
  beta: number,
  coeff: number,
  form: UnitForm,
): { value: number[]; derivative: (of: typeof phiDx) => number[] } {
  if (isPlain(form)) return { value: [phi(x, beta, coeff)], derivative: (of) => [of(x, beta, coeff)] };
  const [m, alpha] = [Math.fround(form.maxValue), Math.fround(form.alpha)];
  const leak = alpha === 0 ? [] : [alpha * x];
  const rest = (terms: number[]): number[] => terms.map((term) => (1 - alpha) * term);
  if (m === Infinity)
    return {
      value: [...leak, ...rest([phi(x, beta, coeff)])],
      derivative: (of) => rest([of(x, beta, coeff)]),
    };
  const clip = Math.min(Math.max(x, 0), m);
  const even = Number.isFinite(x) ? [phiEven(x, beta, coeff), -phiEven(x - m, beta, coeff)] : [0 * (beta + coeff)];
  return {
    value: [...leak, ...rest([clip, ...even])],
    derivative: (of) => rest([of(x, beta, coeff), -of(x - m, beta, coeff)]),
  };
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
