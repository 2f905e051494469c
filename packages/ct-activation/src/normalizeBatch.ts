/**
 * Batch normalisation in training, with the curvature unit behind it where there is one: two kernels forward and
 * backward on backends that have them, composed of stock ops on others.
 */
import type { GradSaveFunc, NamedTensorMap, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import {
  add,
  customGrad,
  engine,
  getBackend,
  mean as meanOf,
  mul,
  rsqrt,
  square,
  stack,
  sub,
  sum,
  Tensor as TensorClass,
  tidy,
  unstack,
  util,
} from '@tensorflow/tfjs-core';
import { backward, forward } from './ctu.js';
import { HeldTensors } from './heldTensors.js';
import type { NormalizeBatchGradAttrs } from './kernels/normalizeKernel.js';
import { PLAIN } from './unitForm.js';
import { takesPairs } from './kernels/pairKernel.js';
import { hasNormalizeKernels, NORMALIZE_BATCH, NORMALIZE_BATCH_GRAD } from './kernels/normalizeKernel.js';

/** beta and c in [0, 1]: `[channels]` each, or end to end as `pair`, `[2, channels]`, see `ctuOfPair`. */
export type UnitParameters = { beta: Tensor1D; coeff: Tensor1D } | { pair: Tensor2D };

/** What `normalizeBatch` computes with beside x: `[channels]` each. */
export interface NormalizeBatchParameters {
  /** gamma; beta_bn. */
  scale: Tensor1D;
  offset: Tensor1D;
  /** Added to the variance. */
  epsilon: number;
  /** The curvature unit behind the normalisation; null for none. */
  unit: UnitParameters | null;
}

/** Which gradients are wanted beside the one in x; the other parameters count as constants. */
export interface NormalizeBatchGradients {
  /** Those of scale and offset. */
  scale: boolean;
  /** Those of the unit's beta and coeff, or of its pair. */
  unit: boolean;
}

/**
 * y = phi(z; beta, c),  z = scale·(x − m)·r + offset,  r = 1/sqrt(v + epsilon)
 *
 * with the mean m and the biased variance v of each channel over all axes but the last; phi is the identity where
 * there is no unit. Backward, over the n entries of a channel, with h = (x − m)·r and g = dy·phi'(z):
 *
 *     dx = scale·r·(g − mean(g) − h·mean(g·h)),   dscale = Σ g·h,   doffset = Σ g
 *
 * and dbeta, dcoeff as `ctu` has them, at z. Only x and the statistics are kept for the way back.
 *
 * @param x float32 `[..., channels]` with at least one element.
 * @param onStatistics Gets `[2, channels]`, mean and biased variance, which lives until it returns; who keeps it
 *   (`tf.keep`) does so until after the backward pass.
 * @returns A tensor of x's shape.
 * @throws TypeError naming what is none of this.
 * Source: Ioffe and Szegedy, arXiv 1502.03167, section 3.1.
 */
export function normalizeBatch(
  x: Tensor,
  parameters: NormalizeBatchParameters,
  wanted: NormalizeBatchGradients,
  onStatistics: (statistics: Tensor2D) => void = () => undefined,
): Tensor {
  checkArguments(x, parameters, wanted, onStatistics);
  const { scale, offset, epsilon, unit } = parameters;
  if (unit !== null && isPair(unit) && !(takesPairs() && hasNormalizeKernels(getBackend())))
    return tidy(() => {
      const [beta, coeff] = unstack(unit.pair) as [Tensor1D, Tensor1D];
      return normalizeBatch(x, { ...parameters, unit: { beta, coeff } }, wanted, onStatistics);
    });
  const ofUnit = unit === null ? [] : tensorsOf(unit);
  const attrs: NormalizeBatchGradAttrs = { epsilon, ofScale: wanted.scale, ofUnit: wanted.unit && unit !== null };
  const differentiated = [...(wanted.scale ? [scale, offset] : []), ...(wanted.unit ? ofUnit : [])];
  return customGrad((...args) => {
    const [input, save] = [args[0] as Tensor, args.at(-1) as GradSaveFunc];
    const { y, statistics } = normalize(input, parameters);
    onStatistics(statistics);
    const held = new HeldTensors([statistics, scale, offset, ...ofUnit]);
    save([input, ...held.passing]);
    return {
      value: y,
      gradFunc: (dy: Tensor, [savedX, ...saved]: Tensor[]) => {
        const [savedStatistics, s, o, ...rest] = held.restore(saved) as [Tensor, Tensor1D, Tensor1D, ...Tensor[]];
        const given = { scale: s, offset: o, epsilon, unit: unit && unitOf(unit, rest) };
        return gradients(dy, { x: savedX!, statistics: savedStatistics as Tensor2D }, given, attrs);
      },
    };
  })(x, ...differentiated);
}

/** By hand, as in `ctu`: kernel entries carry no schemas. */
function checkArguments(
  x: Tensor,
  parameters: NormalizeBatchParameters,
  wanted: NormalizeBatchGradients,
  onStatistics: unknown,
): void {
  const check = (name: string, fits: boolean, expected: string): void => {
    if (!fits) throw new TypeError(`normalizeBatch: ${name} must be ${expected}`);
  };
  const isFloat32 = (t: unknown): t is Tensor => t instanceof TensorClass && t.dtype === 'float32' && !t.isDisposed;
  check('x', isFloat32(x) && x.rank > 0 && x.size > 0, 'a float32 tensor [..., channels] with entries to normalise');
  const { scale, offset, epsilon, unit } = parameters ?? {};
  check('parameters.unit', unit === null || typeof unit === 'object', 'null, or beta and coeff');
  const channels = x.shape.at(-1)!;
  const pair = (unit as { pair?: unknown } | null | undefined)?.pair;
  const { beta, coeff } = (unit ?? {}) as { beta?: unknown; coeff?: unknown };
  check(
    'parameters: pair',
    pair === undefined || (isFloat32(pair) && util.arraysEqual(pair.shape, [2, channels])),
    `a float32 tensor [2, ${channels}], a row of beta and one of c`,
  );
  for (const [name, t] of Object.entries({ scale, offset, ...(unit && pair === undefined && { beta, coeff }) }))
    check(
      `parameters: ${name}`,
      isFloat32(t) && t.rank === 1 && t.size === channels,
      `a float32 tensor with one number for each of the ${channels} channels of x, got ` +
        (t instanceof TensorClass ? `${t.dtype} [${(t as Tensor).shape.join(', ')}]` : typeof t),
    );
  check('parameters.epsilon', typeof epsilon === 'number' && epsilon > 0, 'a number above 0');
  const { scale: ofScale, unit: ofUnit } = wanted ?? {};
  check('wanted', typeof ofScale === 'boolean' && typeof ofUnit === 'boolean', 'scale and unit, true or false each');
  check('onStatistics', typeof onStatistics === 'function', 'a function');
}

function normalize(x: Tensor, parameters: NormalizeBatchParameters): { y: Tensor; statistics: Tensor2D } {
  const { scale, offset, epsilon, unit } = parameters;
  if (hasNormalizeKernels(getBackend())) {
    const inputs: NamedTensorMap = { x, scale, offset, ...(unit ?? {}) };
    const [y, statistics] = engine().runKernel<Tensor[]>(NORMALIZE_BATCH, inputs, { epsilon });
    return { y: y!, statistics: statistics as Tensor2D };
  }
  return tidy(() => {
    const { m, v, centred } = moments(x);
    const z = add(mul(centred, mul(scale, rsqrt(add(v, epsilon)))), offset);
    return {
      y: unit === null ? z : forward(z, { ...rowsOf(unit), form: PLAIN }),
      statistics: stack([m, v]) as Tensor2D,
    };
  });
}

/** The gradient in x and those that the attributes name. */
function gradients(
  dy: Tensor,
  { x, statistics }: { x: Tensor; statistics: Tensor2D },
  { scale, offset, epsilon, unit }: NormalizeBatchParameters,
  attrs: NormalizeBatchGradAttrs,
): Tensor | Tensor[] {
  // A tape that is still recording means second derivatives, for which tfjs must see stock ops, the statistics' too.
  const recording = engine().state.gradientDepth > 0;
  if (hasNormalizeKernels(getBackend()) && !recording) {
    const inputs: NamedTensorMap = { dy, x, statistics, scale, offset, ...(unit ?? {}) };
    const all = engine().runKernel<Tensor[]>(NORMALIZE_BATCH_GRAD, inputs, attrs);
    return all.length === 1 ? all[0]! : all;
  }
  return tidy(() => {
    const { v, centred } = recording ? moments(x) : saved(x, statistics);
    const r = rsqrt(add(v, epsilon));
    const h = mul(centred, r);
    const z = add(mul(h, scale), offset);
    const [g, dbeta, dcoeff] =
      unit === null ? [dy] : backward({ dy, x: z, ...rowsOf(unit), form: PLAIN }, attrs.ofUnit);
    const across = axes(x);
    const dx = mul(mul(scale, r), sub(sub(g!, meanOf(g!, across)), mul(h, meanOf(mul(g!, h), across))));
    const ofScale = (): Tensor[] => [sum(mul(g!, h), across), sum(g!, across)];
    const all = [
      dx,
      ...(attrs.ofScale ? ofScale() : []),
      ...(attrs.ofUnit ? gradientsLike(unit!, dbeta!, dcoeff!) : []),
    ];
    return all.length === 1 ? all[0]! : all;
  });
}

const isPair = (unit: UnitParameters): unit is { pair: Tensor2D } => 'pair' in unit && unit.pair !== undefined;

const tensorsOf = (unit: UnitParameters): Tensor[] => (isPair(unit) ? [unit.pair] : [unit.beta, unit.coeff]);

/** The same of other tensors, as `tensorsOf` has them. */
const unitOf = (unit: UnitParameters, [first, second]: Tensor[]): UnitParameters =>
  isPair(unit) ? { pair: first as Tensor2D } : { beta: first as Tensor1D, coeff: second as Tensor1D };

/** beta and c apart. */
function rowsOf(unit: UnitParameters): { beta: Tensor; coeff: Tensor } {
  if (!isPair(unit)) return unit;
  const [beta, coeff] = unstack(unit.pair) as [Tensor, Tensor];
  return { beta, coeff };
}

const gradientsLike = (unit: UnitParameters, dbeta: Tensor, dcoeff: Tensor): Tensor[] =>
  isPair(unit) ? [stack([dbeta, dcoeff])] : [dbeta, dcoeff];

const axes = (x: Tensor): number[] => x.shape.map((_, axis) => axis).slice(0, -1);

/** Mean and biased variance of each channel, and x less its mean. */
function moments(x: Tensor): { m: Tensor; v: Tensor; centred: Tensor } {
  const m = meanOf(x, axes(x));
  const centred = sub(x, m);
  return { m, v: meanOf(square(centred), axes(x)), centred };
}

/** The same from the statistics of the forward pass. */
function saved(x: Tensor, statistics: Tensor2D): { v: Tensor; centred: Tensor } {
  const [m, v] = unstack(statistics);
  return { v: v!, centred: sub(x, m!) };
}
