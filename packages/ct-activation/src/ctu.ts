/**
 * The op `ctu`: checks its arguments, brings the parameters to the form that kernels take, picks the fused kernel or
 * the composed form, and does the same on the way back.
 */
import type { GradSaveFunc, Tensor, TensorLike } from '@tensorflow/tfjs-core';
import {
  broadcastTo,
  clone,
  customGrad,
  engine,
  getBackend,
  reshape,
  scalar,
  Tensor as TensorClass,
  sum,
  tensor,
  tidy,
  util,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { DifferentiatedCtu } from './composed.js';
import { composedCtu, composedCtuGrad } from './composed.js';
import { formGradients, formValue } from './composedForm.js';
import { DifferentiationWatch } from './differentiation.js';
import type { CtuFormAttrs, CtuGradAttrs } from './kernels/kernel.js';
import { HeldTensors } from './heldTensors.js';
import { CTU, CTU_FORM, CTU_FORM_GRAD, CTU_GRAD, hasCtuFormKernels, hasCtuKernels } from './kernels/kernel.js';
import type { UnitForm } from './unitForm.js';
import { checkForm, isPlain } from './unitForm.js';

const MAX_RANK = 6;

/** Which gradients of `ctu` its backward pass computes. */
export type CtuWrt = 'wanted' | 'x' | 'all';

const WRT: readonly CtuWrt[] = ['wanted', 'x', 'all'];

/** The options of `ctu`. */
export interface CtuOptions {
  /** Where u ends, above 0; infinity, the default, where it does not: u is phi then. */
  maxValue?: number | undefined;
  /** How much of x itself is in y, 0 unless told. */
  alpha?: number | undefined;
  /**
   * What the backward pass computes: `'wanted'`, the default, finds out what is differentiated, which leaves marks on
   * the tape; who knows says it, and saves them: `'all'`, or `'x'`, for which beta and coeff count as constants.
   */
  wrt?: CtuWrt | undefined;
}

/**
 * The Curvature Tuning activation, elementwise and differentiable in all three arguments.
 *
 *     phi(x) = c·x·sigmoid(beta·x/s) + (1 − c)·s·softplus(x/s),   s = 1 − beta + 1e-6
 *
 * beta -> 1 gives ReLU. At infinite x the result is the limit; NaN stays NaN. With options, which tend to ReLU6 and to
 * the leaky ReLU:
 *
 *     u = phi(x) − phi(x − maxValue)          (maxValue above 0)
 *     y = alpha·x + (1 − alpha)·u             (alpha)
 *
 * @param x float32 tensor of rank 0 to 6, or anything `tf.tensor` makes one from.
 * @param beta Curvature in [0, 1]: a number, a scalar, `[channels]` for the last axis, or any tensor that broadcasts
 *   to x's shape. Only numbers are checked against [0, 1].
 * @param coeff Mixing coefficient c in [0, 1], in the same forms: 1 is all SiLU, 0 all softplus.
 * @returns A tensor of x's shape.
 * @throws RangeError when beta or coeff is a number outside [0, 1], x has a higher rank, maxValue is not above 0, or
 *   alpha is not finite.
 * @throws TypeError when a tensor is not float32 or was disposed of, and on what is no tensor.
 * @throws Error when a parameter does not broadcast to x.
 *
 * Where beta and coeff are numbers, or tensors that nobody differentiates, the backward pass computes dx alone.
 * Source: arXiv 2502.07783, section 3. Unlike the authors' float32 code, d/dbeta is right at beta = 1 as well.
 */
export function ctu<T extends Tensor>(
  x: T | TensorLike,
  beta: number | Tensor,
  coeff: number | Tensor = 0.5,
  options: CtuOptions = {},
): T {
  return tidy(() => {
    if (typeof options !== 'object' || options === null)
      throw new TypeError(`ctu: options must be an object, got ${kindOf(options)}`);
    const { wrt = 'wanted', maxValue = Infinity, alpha = 0 } = options;
    const form: UnitForm = { maxValue, alpha };
    checkForm('ctu', form);
    const input = asFloat32('x', x instanceof TensorClass ? x : asTensor(x));
    if (input.rank > MAX_RANK)
      throw new RangeError(`ctu: x must have rank 0 to ${MAX_RANK}, got shape [${input.shape.join(', ')}]; reshape it`);
    const betaTensor = asParameter('beta', beta, input);
    const coeffTensor = asParameter('coeff', coeff, input);
    if (!WRT.includes(wrt)) throw new TypeError(`ctu: wrt must be one of ${WRT.join(', ')}`);
    const tensors = [beta, coeff].filter((p) => typeof p !== 'number');
    const unit: Unit = { beta: betaTensor, coeff: coeffTensor, form };
    if (wrt === 'x' || tensors.length === 0) return differentiable(input, unit, false) as T;
    if (wrt === 'all') return differentiable(input, unit, true) as T;
    const watch = new DifferentiationWatch();
    return watch.gate(differentiable(input, unit, watch), tensors) as T;
  });
}

/** What a unit computes with beside x. */
export interface Unit {
  beta: Tensor;
  coeff: Tensor;
  form: UnitForm;
}

/** The op on the tape; `parameters` says whether its gradient has those of beta and coeff. */
function differentiable(x: Tensor, { beta, coeff, form }: Unit, parameters: boolean | DifferentiationWatch): Tensor {
  const held = new HeldTensors([beta, coeff]);
  return customGrad((...args) => {
    const [input, save] = [args[0] as Tensor, args.at(-1) as GradSaveFunc];
    save([input, ...held.passing]);
    return {
      value: forward(input, { beta, coeff, form }),
      gradFunc: (dy: Tensor, [savedX, ...saved]: Tensor[]) => {
        const [savedBeta, savedCoeff] = held.restore(saved) as [Tensor, Tensor];
        const wanted = parameters instanceof DifferentiationWatch ? parameters.wanted : parameters;
        const gradients = backward({ dy, x: savedX!, beta: savedBeta, coeff: savedCoeff, form }, wanted);
        return parameters === false ? gradients[0]! : gradients;
      },
    };
  })(x, ...(parameters === false ? [] : [beta, coeff]));
}

/** The unit of a tensor that was checked. */
export function forward(x: Tensor, { beta, coeff, form }: Unit): Tensor {
  // Not every backend's stock ops take tensors without elements.
  if (x.size === 0) return clone(x);
  const inputs = { x, beta: asSuffix(beta, x), coeff: asSuffix(coeff, x) };
  if (!isPlain(form) && hasCtuFormKernels(getBackend()))
    return engine().runKernel<Tensor>(CTU_FORM, inputs, { ...form });
  const phi = (z: Tensor): Tensor =>
    hasCtuKernels(getBackend())
      ? engine().runKernel<Tensor>(CTU, { ...inputs, x: z })
      : composedCtu(z, inputs.beta, inputs.coeff);
  return formValue(x, inputs.beta, form, phi);
}

/** [dx, dbeta, dcoeff]; the last two are zeros unless `all`. */
export function backward({ dy, x, beta, coeff, form }: DifferentiatedCtu & Unit, all: boolean): Tensor[] {
  if (x.size === 0) return [clone(dy), zerosLike(beta), zerosLike(coeff)];
  const inputs = { dy, x, beta: asSuffix(beta, x), coeff: asSuffix(coeff, x) };
  const attrs: CtuGradAttrs = { wrt: all ? 'all' : 'x' };
  // A tape that is still recording means second derivatives, for which tfjs must see stock ops.
  const recording = engine().state.gradientDepth > 0;
  const [dx, dbeta, dcoeff] = ((): Tensor[] => {
    if (!isPlain(form) && hasCtuFormKernels(getBackend()) && !recording)
      return engine().runKernel<Tensor[]>(CTU_FORM_GRAD, inputs, { ...attrs, ...form } satisfies CtuFormAttrs);
    return formGradients(inputs, form, (g, z) =>
      hasCtuKernels(getBackend()) && !recording
        ? engine().runKernel<Tensor[]>(CTU_GRAD, { ...inputs, dy: g, x: z }, attrs)
        : composedCtuGrad({ ...inputs, dy: g, x: z }, attrs.wrt),
    );
  })() as [Tensor, Tensor?, Tensor?];
  return [dx, sumToShape(dbeta, beta), sumToShape(dcoeff, coeff)];
}

/** Checked by hand, as all here: an activation is called a hundred times a pass, and kernel entries stay small. */
function asTensor(x: TensorLike): Tensor {
  const given: unknown = x;
  if (!isNumeric(given))
    throw new TypeError(
      'ctu: x must be a tensor, a number or a list of numbers, got ' +
        `${Array.isArray(given) ? 'a list of something else' : kindOf(given)}`,
    );
  return tensor(x);
}

/** Whether a value is made of numbers; tfjs takes what else is in a list for zeros, NaN or text. */
function isNumeric(value: unknown): boolean {
  if (Array.isArray(value)) return value.every(isNumeric);
  return (
    typeof value === 'number' ||
    (ArrayBuffer.isView(value) && 'length' in value && typeof (value as Float32Array)[0] !== 'bigint')
  );
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return value instanceof Promise ? 'a Promise; await it' : typeof value;
}

function asFloat32(name: string, t: Tensor): Tensor {
  if (t.isDisposed)
    throw new TypeError(
      `ctu: ${name} must be a tensor that was not disposed of, got one of shape [${t.shape.join(', ')}] that was`,
    );
  if (t.dtype !== 'float32') throw new TypeError(`ctu: ${name} must be float32, got ${t.dtype}; cast it first`);
  return t;
}

function asParameter(name: string, value: number | Tensor, x: Tensor): Tensor {
  if (typeof value === 'number') {
    if (!(value >= 0 && value <= 1)) throw new RangeError(`ctu: ${name} must lie in [0, 1], got ${value}`);
    return scalar(value);
  }
  if (!(value instanceof TensorClass))
    throw new TypeError(`ctu: ${name} must be a number or a tensor, got ${kindOf(value)}`);
  const parameter = asFloat32(name, value);
  if (parameter.size === 1) return parameter;
  const fits =
    parameter.rank <= x.rank && parameter.shape.every((n, i) => n === 1 || n === x.shape[i + x.rank - parameter.rank]);
  if (!fits) {
    const channels = `${name} has ${parameter.shape.at(-1)} channels, x has ${x.shape.at(-1) ?? 'none'}`;
    throw new Error(
      `ctu: ${channels}: ${name} of shape [${parameter.shape.join(', ')}] does not broadcast to x of shape ` +
        `[${x.shape.join(', ')}]; ` +
        `pass a number, a scalar, one value per channel of the last axis, or a shape that broadcasts`,
    );
  }
  return parameter;
}

/** The parameter in the form that kernels take: a suffix of x's shape. */
function asSuffix(parameter: Tensor, x: Tensor): Tensor {
  if (parameter.size === 1) return withShape(parameter, []);
  const firstLong = parameter.shape.findIndex((n) => n !== 1);
  const suffix = parameter.shape.slice(firstLong);
  const isSuffix = suffix.every((n, i) => n === x.shape[i + x.rank - suffix.length]);
  return isSuffix ? withShape(parameter, suffix) : broadcastTo(parameter, x.shape);
}

/** Undoes `asSuffix` for a gradient: sums over the axes along which the parameter was repeated. */
function sumToShape(gradient: Tensor | undefined, parameter: Tensor): Tensor {
  if (gradient === undefined) return zerosLike(parameter);
  if (gradient.size === parameter.size) return withShape(gradient, parameter.shape);
  const missing = gradient.rank - parameter.rank;
  const repeated = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < missing || parameter.shape[axis - missing] === 1);
  return reshape(sum(gradient, repeated), parameter.shape);
}

/** `reshape`, but no kernel where there is nothing to do: on small tensors each costs as much as the activation. */
function withShape(t: Tensor, shape: number[]): Tensor {
  return util.arraysEqual(t.shape, shape) ? t : reshape(t, shape);
}
