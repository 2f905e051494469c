/**
 * The fused kernels of the WebGL backend: `import '@curvature-tuning/activation/webgl'`.
 *
 * All programs are packed: a texel holds a 2×2 block of x's last two axes. A WebGL program has one output, so the
 * backward pass is one elementwise program for dx and, where beta and coeff are scalars or one value per channel, one
 * for the partial sums of dbeta and dcoeff together, over about √rows rows each, and one final sum each. Where one of
 * them is longer, a program each sums over about √n of the n times that the longer one is repeated, and others add up
 * what is left; only what then remains for a scalar or one value per channel is summed by tfjs.
 *
 * Formulas: math.ts. Batch normalisation with the unit behind it: webgl/normalizeBatch.ts. Nothing is kept between
 * calls, so a lost context costs no more than what tfjs itself lost.
 */
import type { MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { getKernel, util } from '@tensorflow/tfjs-core';
import { FLOAT16_CAP } from '../float16.js';
import type { UnitForm } from '../unitForm.js';
import type { CtuFormAttrs, CtuGradInputs, CtuInputs } from './kernel.js';
import { kernelsOfForms, registerCtuKernels } from './kernel.js';
import { adam } from './webgl/adam.js';
import { crossEntropy, crossEntropyGrad } from './webgl/crossEntropy.js';
import { ctuPair, ctuPairGrad } from './webgl/ctuPair.js';
import { normalizeBatch, normalizeBatchGrad } from './webgl/normalizeBatch.js';
import type { Shader } from './webgl/packedProgram.js';
import { capped, clearPadding, run } from './webgl/packedProgram.js';
import { backwardSnippet, forwardSnippet } from './webgl/unitArithmetic.js';

/** Terms that one texel of a sum takes, at most. */
const MOST_TERMS = 64;

const ctuForm: KernelFunc = ({ inputs, backend, attrs }) => {
  const { x, beta, coeff } = inputs as CtuInputs;
  const webgl = backend as MathBackendWebGL;
  return runOn(webgl, elementwise('y', attrs as CtuFormAttrs, x.shape), { X: x }, parameters(webgl, beta, coeff));
};

const ctuFormGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const { dy, x, beta, coeff } = inputs as CtuGradInputs;
  const webgl = backend as MathBackendWebGL;
  const params = parameters(webgl, beta, coeff);
  const form = attrs as CtuFormAttrs;
  const derivative = (of: 'dx' | 'dbeta' | 'dcoeff'): TensorInfo =>
    runOn(webgl, elementwise(of, form, x.shape), { X: x, Dy: dy }, params);

  const dx = derivative('dx');
  if (form.wrt === 'x') return [dx];
  if (util.sizeFromShape(x.shape) === 0) return [dx, ...[beta, coeff].map((p) => zeros(webgl, p.shape))];

  const perChannel = x.shape.length > 0 && beta.shape.length <= 1 && coeff.shape.length <= 1;
  const period = beta.shape.length > coeff.shape.length ? beta.shape : coeff.shape;
  const repeated = period.length >= 2 && util.sizeFromShape(period) < util.sizeFromShape(x.shape);
  const [dbeta, dcoeff] = perChannel
    ? channelSums(webgl, { dy, x, params, form })
    : (['dbeta', 'dcoeff'] as const).map((of) =>
        repeated ? suffixSums(webgl, of, { dy, x, params, form }, period) : derivative(of),
      );
  return [dx, fold(webgl, dbeta!, beta.shape), fold(webgl, dcoeff!, coeff.shape)];
};

/** What a backward pass is of. */
interface Backward {
  dy: TensorInfo;
  x: TensorInfo;
  params: Parameter[];
  form: UnitForm;
}

/** dbeta and dcoeff summed over all axes but the last, whether or not the parameter is repeated along it. */
function channelSums(webgl: MathBackendWebGL, { dy, x, params, form }: Backward): [TensorInfo, TensorInfo] {
  const channels = x.shape.at(-1)!;
  const rows = x.shape.at(-2) ?? 1;
  const batches = util.sizeFromShape(x.shape) / (rows * channels);
  // Any view that keeps the last two axes shares the texels.
  const view = (t: TensorInfo): TensorInfo => ({ ...t, shape: [batches, rows, channels] });

  const texelRows = batches * Math.ceil(rows / 2);
  const chunk = Math.ceil(Math.sqrt(texelRows));
  const groups = Math.ceil(texelRows / chunk);
  const shader = partialSums([batches, rows, channels], chunk, form);
  const partial = runOn(webgl, shader, { X: view(x), Dy: view(dy) }, params);
  const sums = (['xy', 'zw'] as const).map((lanes, i) => {
    // A scalar's gradient is the sum over the channels.
    const cap = params[i]!.info.shape.length === 0 ? FLOAT16_CAP / channels : FLOAT16_CAP;
    return run(webgl, finalSum(groups, channels, lanes, cap), { P: partial });
  });
  webgl.disposeIntermediateTensorInfo(partial);
  return sums as [TensorInfo, TensorInfo];
}

/** A shape of rank 2 and more as [planes, rows, channels]: a view that keeps the last two axes shares the texels. */
function asPlanes(shape: number[]): [number, number, number] {
  const [rows, channels] = shape.slice(-2) as [number, number];
  return [util.sizeFromShape(shape.slice(0, -2)), rows, channels];
}

/** dbeta or dcoeff in groups of about √n of the n times that `period` is repeated in x, [groups, ...period]. */
function suffixSums(
  webgl: MathBackendWebGL,
  quantity: 'dbeta' | 'dcoeff',
  { dy, x, params, form }: Backward,
  period: number[],
): TensorInfo {
  const [planes, ...texels] = asPlanes(period);
  const count = util.sizeFromShape(x.shape) / util.sizeFromShape(period);
  const view = (t: TensorInfo): TensorInfo => ({ ...t, shape: [count * planes, ...texels] });
  const longer = params.map((of) =>
    of.info.shape.length < 2 ? of : { ...of, info: { ...of.info, shape: asPlanes(of.info.shape) } },
  );
  const chunk = Math.ceil(Math.sqrt(count));
  const shape = [Math.ceil(count / chunk), planes, ...texels];
  return runOn(webgl, periodSums(quantity, form, shape, { count, chunk }), { X: view(x), Dy: view(dy) }, longer);
}

/** Sums terms over what comes before a suffix of rank 2 and more; disposes of `terms`. */
function sumLeading(webgl: MathBackendWebGL, terms: TensorInfo, shape: number[]): TensorInfo {
  const [planes, ...texels] = asPlanes(shape);
  let sums = terms;
  let count = util.sizeFromShape(terms.shape) / util.sizeFromShape(shape);
  while (count > 1) {
    const chunk = count <= MOST_TERMS ? count : Math.ceil(Math.sqrt(count));
    const groups = Math.ceil(count / chunk);
    const view = { ...sums, shape: [count * planes, ...texels] };
    const fewer = run(webgl, planeSums([groups, planes, ...texels], count, chunk), { P: view });
    webgl.disposeIntermediateTensorInfo(sums);
    [sums, count] = [fewer, groups];
  }
  return { ...sums, shape };
}

/**
 * A parameter as programs read it: from its texture, or, if it is a single number that is not on the GPU yet, from a
 * uniform. That saves the upload, and keeps 1 − beta exact near beta = 1 where textures hold only float16.
 */
interface Parameter {
  name: 'B' | 'C';
  info: TensorInfo;
  value: number | undefined;
}

function parameters(webgl: MathBackendWebGL, beta: TensorInfo, coeff: TensorInfo): Parameter[] {
  const parameter = (name: 'B' | 'C', info: TensorInfo): Parameter => {
    const { values } = webgl.texData.get(info.dataId);
    return { name, info, value: values?.length === 1 ? (values as Float32Array)[0] : undefined };
  };
  return [parameter('B', beta), parameter('C', coeff)];
}

/** Runs a program on `inputs`, in this order, and on the parameters. */
function runOn(
  webgl: MathBackendWebGL,
  shader: (params: Parameter[]) => Shader,
  inputs: Record<string, TensorInfo>,
  params: Parameter[],
): TensorInfo {
  const onDevice = params.filter(({ value }) => value === undefined);
  const numbers = params.filter(({ value }) => value !== undefined);
  return run(
    webgl,
    shader(params),
    { ...inputs, ...Object.fromEntries(onDevice.map(({ name, info }) => [name, info])) },
    Object.fromEntries(numbers.map(({ name, value }) => [`value${name}`, value!])),
  );
}

/** Sums terms whose count is a multiple of the parameter's size; disposes of `terms`. */
function fold(webgl: MathBackendWebGL, terms: TensorInfo, shape: number[]): TensorInfo {
  if (util.arraysEqual(terms.shape, shape)) return terms;
  if (shape.length >= 2) return sumLeading(webgl, terms, shape);
  const kernel = (
    kernelName: string,
    x: TensorInfo,
    attrs: { shape: number[] } | { axis: number; keepDims: boolean },
  ): TensorInfo => {
    const result = getKernel(kernelName, 'webgl').kernelFunc({ inputs: { x }, attrs, backend: webgl }) as TensorInfo;
    webgl.disposeIntermediateTensorInfo(x);
    return result;
  };
  const matrix = kernel('Reshape', terms, { shape: [-1, util.sizeFromShape(shape)] });
  return kernel('Reshape', kernel('Sum', matrix, { axis: 0, keepDims: false }), { shape });
}

function zeros(webgl: MathBackendWebGL, shape: number[]): TensorInfo {
  return webgl.makeTensorInfo(shape, 'float32', new Float32Array(util.sizeFromShape(shape)));
}

/** y, or the terms of one derivative. */
function elementwise(
  quantity: 'y' | 'dx' | 'dbeta' | 'dcoeff',
  form: UnitForm,
  shape: number[],
): (params: Parameter[]) => Shader {
  const element = {
    y: 'unit(x.@, b.@, c.@)',
    dx: 'dy.@ * dUnit(x.@, b.@, c.@).x',
    dbeta: 'dy.@ * dUnit(x.@, b.@, c.@).y',
    dcoeff: 'dy.@ * dUnit(x.@, b.@, c.@).z',
  }[quantity];
  const read = ({ name, value }: Parameter): string =>
    value === undefined ? `get${name}AtOutCoords()` : `vec4(value${name})`;
  return ([beta, coeff]) => ({
    outputShape: shape,
    userCode: `
      ${quantity === 'y' ? forwardSnippet(form) : backwardSnippet(form)}
      void main() {
        vec4 x = getXAtOutCoords();
        ${quantity === 'y' ? '' : 'vec4 dy = getDyAtOutCoords();'}
        vec4 b = ${read(beta!)};
        vec4 c = ${read(coeff!)};
        vec4 result = vec4(${[...'xyzw'].map((lane) => element.replaceAll('@', lane)).join(', ')});
        ${quantity === 'dbeta' || quantity === 'dcoeff' ? capped('result') : ''}
        ${clearPadding(shape)}
        setOutput(result);
      }`,
  });
}

/**
 * Partial sums, [2 · groups, channels]: row 2g has those of dbeta, row 2g + 1 those of dcoeff, so that one texel holds
 * both for two channels. A group is `chunk` rows of texels.
 */
function partialSums(
  [batches, rows, channels]: [number, number, number],
  chunk: number,
  form: UnitForm,
): (params: Parameter[]) => Shader {
  const texelRowsPerBatch = Math.ceil(rows / 2);
  const texelRows = batches * texelRowsPerBatch;
  const read = ({ name, info, value }: Parameter): string =>
    value !== undefined
      ? `vec2(value${name})`
      : info.shape.length === 0
        ? `vec2(get${name}().x)`
        : `get${name}(channel).xy`;
  const lower = rows % 2 === 0 ? 'true' : `imod(t, ${texelRowsPerBatch}) < ${texelRowsPerBatch - 1}`;
  return ([beta, coeff]) => ({
    outputShape: [2 * Math.ceil(texelRows / chunk), channels],
    userCode: `
      ${backwardSnippet(form)}
      vec2 terms(float x, float b, float c, float dy) {
        return dy * dUnit(x, b, c).yz;
      }
      void main() {
        ivec2 coords = getOutputCoords();
        int channel = coords.y;
        bool second = channel + 1 < ${channels};
        vec2 b = ${read(beta!)};
        vec2 c = ${read(coeff!)};
        vec2 left = vec2(0.0);
        vec2 right = vec2(0.0);
        int first = coords.x / 2 * ${chunk};
        for (int i = 0; i < ${chunk}; i++) {
          int t = first + i;
          if (t >= ${texelRows}) break;
          // Texels are numbered through from batch to batch, so that row 2t of batch 0 finds the t-th row of texels.
          vec4 x = getX(0, 2 * t, channel);
          vec4 dy = getDy(0, 2 * t, channel);
          left += terms(x.x, b.x, c.x, dy.x);
          if (second) right += terms(x.y, b.y, c.y, dy.y);
          if (${lower}) {
            left += terms(x.z, b.x, c.x, dy.z);
            if (second) right += terms(x.w, b.y, c.y, dy.w);
          }
        }
        vec4 result = vec4(left.x, right.x, left.y, right.y);
        ${capped('result')}
        setOutput(result);
      }`,
  });
}

/** Sums of a derivative over x as [count · planes, rows, channels], `chunk` repetitions in each of the groups. */
function periodSums(
  quantity: 'dbeta' | 'dcoeff',
  form: UnitForm,
  shape: number[],
  { count, chunk }: { count: number; chunk: number },
): (params: Parameter[]) => Shader {
  const planes = shape[1]!;
  const read = ({ name, info, value }: Parameter): string => {
    if (value !== undefined) return `vec4(value${name})`;
    if (info.shape.length === 0) return `vec4(get${name}().x)`;
    if (info.shape.length === 1) return `get${name}(at.w).xyxy`;
    return `get${name}(imod(at.y, ${info.shape[0]!}), at.z, at.w)`;
  };
  const lane = quantity === 'dbeta' ? 'y' : 'z';
  return ([beta, coeff]) => ({
    outputShape: shape,
    userCode: `
      ${backwardSnippet(form)}
      void main() {
        ivec4 at = getOutputCoords();
        vec4 b = ${read(beta!)};
        vec4 c = ${read(coeff!)};
        vec4 result = vec4(0.0);
        for (int i = 0; i < ${chunk}; i++) {
          int k = at.x * ${chunk} + i;
          if (k >= ${count}) break;
          vec4 x = getX(k * ${planes} + at.y, at.z, at.w);
          vec4 dy = getDy(k * ${planes} + at.y, at.z, at.w);
          result += dy * vec4(${[...'xyzw'].map((k) => `dUnit(x.${k}, b.${k}, c.${k}).${lane}`).join(', ')});
        }
        ${capped('result')}
        ${clearPadding(shape)}
        setOutput(result);
      }`,
  });
}

/** Sums of P, [count · planes, rows, channels], `chunk` of the count in each group. */
function planeSums(shape: number[], count: number, chunk: number): Shader {
  return {
    outputShape: shape,
    userCode: `
      void main() {
        ivec4 at = getOutputCoords();
        vec4 result = vec4(0.0);
        for (int i = 0; i < ${chunk}; i++) {
          int k = at.x * ${chunk} + i;
          if (k >= ${count}) break;
          result += getP(k * ${shape[1]!} + at.y, at.z, at.w);
        }
        ${capped('result')}
        setOutput(result);
      }`,
  };
}

/** The sum of all groups' dbeta (lanes xy) or dcoeff (zw), [channels]. */
function finalSum(groups: number, channels: number, lanes: 'xy' | 'zw', cap: number): Shader {
  return {
    outputShape: [channels],
    userCode: `
      void main() {
        int channel = getOutputCoords();
        vec2 sum = vec2(0.0);
        for (int g = 0; g < ${groups}; g++) sum += getP(2 * g, channel).${lanes};
        vec4 result = vec4(sum, 0.0, 0.0);
        ${capped('result', cap)}
        setOutput(result);
      }`,
  };
}

registerCtuKernels('webgl', {
  ...kernelsOfForms(ctuForm, ctuFormGrad),
  normalizeBatch,
  normalizeBatchGrad,
  ctuPair,
  ctuPairGrad,
  crossEntropy,
  crossEntropyGrad,
  adam,
});
