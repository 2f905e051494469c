/**
 * The cases: a table, and as many drawn from a seed as are wanted.
 */
import { util } from '@tensorflow/tfjs-core';
import type { UnitForm } from '../unitForm.js';
import { PLAIN } from '../unitForm.js';

/** A tensor as plain data. */
export interface Values {
  shape: number[];
  values: Float32Array;
}

/** One case: an input, two parameters that broadcast to it, an upstream gradient of x's shape, and the unit's form. */
export interface ConformanceCase {
  name: string;
  /** phi itself where left out. */
  form?: UnitForm | undefined;
  x: Values;
  beta: Values;
  coeff: Values;
  dy: Values;
}

/** Clipped as ReLU6, leaky, both. */
const FORMS: UnitForm[] = [
  { maxValue: 6, alpha: 0 },
  { maxValue: Infinity, alpha: 0.2 },
  { maxValue: 2.5, alpha: -0.3 },
];

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
    // Longer than a tile of parameters and than a unit of the passes that kernels divide their work into.
    makeCase('257 channels', [9, 257], [257], [257]),
    makeCase('1,024 channels', [70, 1024], [1024], [1024]),
    makeCase('20,001 channels', [3, 20_001], [20_001], [20_001]),
    makeCase('beta per channel, coeff per row and channel', [2, 401, 51], [51], [401, 51]),
    makeCase('scalar beta, coeff per element', [40_003], [], [40_003]),
    makeCase('[8, 33, 33, 65], per channel', [8, 33, 33, 65], [65], [65]),
    withNaN(makeCase('NaN in beta stays in its channel', [5, 7], [7], [7]), 'beta'),
    withNaN(makeCase('NaN in dy stays in its element', [5, 7], [5, 7], [5, 7]), 'dy'),
    elementwise('NaN stays NaN and its neighbours stay what they are', [1, NaN, -1, 0, NaN, NaN, 2, -3, NaN], 0.7, 0.4),
    ...FORMS.flatMap((form) => formCases(form, extremes)),
  ];
}

/** Cases of a clipped or leaky unit. Near beta = 0, where nothing saturates, differences of large numbers remain. */
function formCases(form: UnitForm, extremes: number[]): ConformanceCase[] {
  return [
    makeCase('scalar parameters', [3, 5], [], []),
    makeCase('per channel', [2, 3, 3, 7], [7], [7]),
    makeCase('64 channels', [5, 64], [64], [64]),
    makeCase('parameters per row and channel', [3, 4, 6], [4, 6], [4, 6]),
    makeCase('scalar beta, coeff per channel', [3, 4, 6], [], [6]),
    makeCase('empty batch', [0, 4, 6], [6], [6]),
    makeCase('100,001 elements, ragged', [100_001], [], []),
    makeCase('1,024 channels', [70, 1024], [1024], [1024]),
    ...[0.5, 0.9, 0.999, 1].map((beta) => elementwise(`extremes at beta = ${beta}`, extremes, beta, 0.5)),
    withNaN(makeCase('NaN in beta stays in its channel', [5, 7], [7], [7]), 'beta'),
    elementwise('NaN stays NaN and its neighbours stay what they are', [1, NaN, -1, 0, NaN, 7, 2, -3, NaN], 0.7, 0.4),
  ].map((one) => ({ ...one, form, name: `maxValue ${form.maxValue}, alpha ${form.alpha}: ${one.name}` }));
}

/** Values that lie on an edge of the range that they are drawn from. */
const EDGES = { x: [0, -0, 50, -50, 1e-40, -1e-6], unit: [0, 1, 1e-7, 1 - 2 ** -24] };

/**
 * Cases drawn from a seed: ranks 0 to 5 with axes of 0 to 7, parameters of any suffix of the shape, |x| <= 50 and
 * |dy| <= 1; half of them clipped or leaky units. An eighth of the numbers are edges.
 *
 * As far as |x| = 50, beyond the table, an exponential of −v is off by v times as much as v: they agree to 2e-6 where
 * the table does to 1e-6.
 *
 * @throws RangeError where the count or the seed is no whole number from 0 on.
 */
export function drawnCases(count = 100, seed = 1): ConformanceCase[] {
  checkWhole('drawnCases', { count, seed });
  return Array.from({ length: count }, (_, k) => {
    let drawn = 0;
    const unit = (): number => scramble(scramble32(seed) ^ scramble32(k + 1e9) ^ scramble32(drawn++));
    const below = (bound: number): number => Math.floor(unit() * bound);
    const near = (edges: number[], inside: (u: number) => number): number =>
      below(8) === 0 ? edges[below(edges.length)]! : inside(unit());
    const values = (shape: number[], draw: () => number): Values => ({
      shape,
      values: Float32Array.from({ length: util.sizeFromShape(shape) }, draw),
    });
    const shape = Array.from({ length: below(6) }, () => below(8));
    const suffix = (): number[] => shape.slice(below(shape.length + 1));
    const [betaShape, coeffShape] = [suffix(), suffix()];
    return {
      name: `drawn ${k} of seed ${seed}: x [${shape.join()}], beta [${betaShape.join()}], coeff [${coeffShape.join()}]`,
      x: values(shape, () => near(EDGES.x, (u) => 100 * u - 50)),
      beta: values(betaShape, () => near(EDGES.unit, (u) => u)),
      coeff: values(coeffShape, () => near(EDGES.unit, (u) => u)),
      dy: values(shape, () => 2 * near(EDGES.unit, (u) => u) - 1),
      form: [PLAIN, ...FORMS][Math.max(0, below(6) - 2)]!,
    };
  });
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
  return {
    name,
    form: PLAIN,
    x: values((x) => x),
    beta: values(() => beta),
    coeff: values(() => coeff),
    dy: values(() => 1),
  };
}

function withNaN(testCase: ConformanceCase, where: 'beta' | 'dy'): ConformanceCase {
  testCase[where].values[3] = NaN;
  return testCase;
}

/** A reproducible number in [0, 1) for each integer. */
function scramble(i: number): number {
  return (scramble32(i) >>> 0) / 2 ** 32;
}

/** The finaliser of MurmurHash3 (public domain, Austin Appleby): a bijection of the 32-bit integers. */
function scramble32(i: number): number {
  let h = i | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** @throws RangeError naming the number that is no whole one from 0 on. */
export function checkWhole(caller: string, numbers: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(numbers))
    if (!Number.isSafeInteger(value) || (value as number) < 0)
      throw new RangeError(`${caller}: ${name} must be a whole number from 0 on, got ${describe(value)}`);
}

function describe(value: unknown): string {
  return typeof value === 'number' ? String(value) : value === null ? 'null' : typeof value;
}
