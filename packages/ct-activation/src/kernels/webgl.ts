/**
 * The fused kernels of the WebGL backend: `import '@curvature-tuning/activation/webgl'`.
 *
 * All programs are packed: a texel holds a 2×2 block of x's last two axes. A WebGL program has one output, so the
 * backward pass is one elementwise program for dx and, where beta and coeff are scalars or one value per channel, one
 * for the partial sums of dbeta and dcoeff together, over about √rows rows each, and one final sum each. Longer
 * parameters are rare: their terms are computed elementwise and summed by tfjs.
 *
 * Formulas: math.ts. Nothing is kept between calls, so a lost context costs no more than what tfjs itself lost.
 */
import type { GPGPUProgram, MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { env, getKernel, util } from '@tensorflow/tfjs-core';
import { EPSILON } from '../math.js';
import type { CtuGradAttrs, CtuGradInputs, CtuInputs } from './kernel.js';
import { registerCtuKernels } from './kernel.js';

const ctu: KernelFunc = ({ inputs, backend }) => {
  const { x, beta, coeff } = inputs as CtuInputs;
  return (backend as MathBackendWebGL).compileAndRun(elementwise('y', x.shape), [x, beta, coeff], 'float32');
};

const ctuGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const { dy, x, beta, coeff } = inputs as CtuGradInputs;
  const webgl = backend as MathBackendWebGL;
  const derivative = (of: 'dx' | 'dbeta' | 'dcoeff'): TensorInfo =>
    webgl.compileAndRun(elementwise(of, x.shape), [x, beta, coeff, dy], 'float32');

  const dx = derivative('dx');
  if ((attrs as unknown as CtuGradAttrs).wrt === 'x') return [dx];
  if (util.sizeFromShape(x.shape) === 0) return [dx, ...[beta, coeff].map((p) => zeros(webgl, p.shape))];

  const perChannel = x.shape.length > 0 && beta.shape.length <= 1 && coeff.shape.length <= 1;
  const [dbeta, dcoeff] = perChannel ? channelSums(webgl, dy, x, beta, coeff) : [derivative('dbeta'), derivative('dcoeff')];
  return [dx, fold(webgl, dbeta, beta.shape), fold(webgl, dcoeff, coeff.shape)];
};

/** dbeta and dcoeff summed over all axes but the last, whether or not the parameter is repeated along it. */
function channelSums(webgl: MathBackendWebGL, dy: TensorInfo, x: TensorInfo, beta: TensorInfo, coeff: TensorInfo): [TensorInfo, TensorInfo] {
  const channels = x.shape.at(-1)!;
  const rows = x.shape.at(-2) ?? 1;
  const batches = util.sizeFromShape(x.shape) / (rows * channels);
  // Any view that keeps the last two axes shares the texels.
  const view = (t: TensorInfo): TensorInfo => ({ ...t, shape: [batches, rows, channels] });

  const texelRows = batches * Math.ceil(rows / 2);
  const chunk = Math.ceil(Math.sqrt(texelRows));
  const groups = Math.ceil(texelRows / chunk);
  const partial = webgl.compileAndRun(partialSums([batches, rows, channels], beta.shape, coeff.shape, chunk), [view(x), beta, coeff, view(dy)], 'float32');
  const sums = (['xy', 'zw'] as const).map((lanes) => webgl.compileAndRun(finalSum(groups, channels, lanes), [partial], 'float32'));
  webgl.disposeIntermediateTensorInfo(partial);
  return sums as [TensorInfo, TensorInfo];
}

/** Sums terms whose count is a multiple of the parameter's size; disposes of `terms`. */
function fold(webgl: MathBackendWebGL, terms: TensorInfo, shape: number[]): TensorInfo {
  if (util.arraysEqual(terms.shape, shape)) return terms;
  const run = (kernelName: string, x: TensorInfo, attrs: { shape: number[] } | { axis: number; keepDims: boolean }): TensorInfo => {
    const result = getKernel(kernelName, 'webgl')!.kernelFunc({ inputs: { x }, attrs, backend: webgl }) as TensorInfo;
    webgl.disposeIntermediateTensorInfo(x);
    return result;
  };
  const matrix = run('Reshape', terms, { shape: [-1, util.sizeFromShape(shape)] });
  return run('Reshape', run('Sum', matrix, { axis: 0, keepDims: false }), { shape });
}

function zeros(webgl: MathBackendWebGL, shape: number[]): TensorInfo {
  return webgl.makeTensorInfo(shape, 'float32', new Float32Array(util.sizeFromShape(shape)));
}

/** y from (x, beta, coeff), or the terms of one derivative from (x, beta, coeff, dy). */
function elementwise(quantity: 'y' | 'dx' | 'dbeta' | 'dcoeff', shape: number[]): GPGPUProgram {
  const lanes = [...'xyzw'];
  const term = { y: 'x.@', dx: 'dy.@ * d.x', dbeta: 'dy.@ * d.y', dcoeff: 'dy.@ * d.z' }[quantity];
  const forward = quantity === 'y';
  return {
    variableNames: forward ? ['X', 'B', 'C'] : ['X', 'B', 'C', 'Dy'],
    outputShape: shape,
    packedInputs: true,
    packedOutput: true,
    userCode: `
      ${forward ? forwardSnippet() : backwardSnippet()}
      void main() {
        vec4 x = getXAtOutCoords();
        vec4 b = getBAtOutCoords();
        vec4 c = getCAtOutCoords();
        vec4 result;
        ${
          forward
            ? lanes.map((l) => `result.${l} = phi(x.${l}, b.${l}, c.${l});`).join('\n')
            : `vec4 dy = getDyAtOutCoords();
               vec3 d;
               ${lanes.map((l) => `d = dPhi(x.${l}, b.${l}, c.${l}); result.${l} = ${term.replace('@', l)};`).join('\n')}`
        }
        ${clearPadding(shape)}
        setOutput(result);
      }`,
  };
}

/**
 * Partial sums, [2 · groups, channels]: row 2g has those of dbeta, row 2g + 1 those of dcoeff, so that one texel holds
 * both for two channels. A group is `chunk` rows of texels.
 */
function partialSums([batches, rows, channels]: [number, number, number], betaShape: number[], coeffShape: number[], chunk: number): GPGPUProgram {
  const texelRowsPerBatch = Math.ceil(rows / 2);
  const texelRows = batches * texelRowsPerBatch;
  const parameter = (name: string, shape: number[]): string => (shape.length === 0 ? `vec2(get${name}().x)` : `get${name}(channel).xy`);
  const lower = rows % 2 === 0 ? 'true' : `imod(t, ${texelRowsPerBatch}) < ${texelRowsPerBatch - 1}`;
  return {
    variableNames: ['X', 'B', 'C', 'Dy'],
    outputShape: [2 * Math.ceil(texelRows / chunk), channels],
    packedInputs: true,
    packedOutput: true,
    userCode: `
      ${backwardSnippet()}
      vec2 terms(float x, float b, float c, float dy) {
        return dy * dPhi(x, b, c).yz;
      }
      void main() {
        ivec2 coords = getOutputCoords();
        int channel = coords.y;
        bool second = channel + 1 < ${channels};
        vec2 b = ${parameter('B', betaShape)};
        vec2 c = ${parameter('C', coeffShape)};
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
        setOutput(vec4(left.x, right.x, left.y, right.y));
      }`,
  };
}

/** The sum of all groups' dbeta (lanes xy) or dcoeff (zw), [channels]. */
function finalSum(groups: number, channels: number, lanes: 'xy' | 'zw'): GPGPUProgram {
  return {
    variableNames: ['P'],
    outputShape: [channels],
    packedInputs: true,
    packedOutput: true,
    userCode: `
      void main() {
        int channel = getOutputCoords();
        vec2 sum = vec2(0.0);
        for (int g = 0; g < ${groups}; g++) sum += getP(2 * g, channel).${lanes};
        setOutput(vec4(sum, 0.0, 0.0));
      }`,
  };
}

/** Zeros in the lanes beyond an odd axis: tfjs's packed matrix product reads them. */
function clearPadding(shape: number[]): string {
  if (shape.length === 0) return 'result.yzw = vec3(0.0);';
  const field = (axis: number): string => (shape.length === 1 ? 'coords' : `coords.${'xyzwuv'[axis]}`);
  const lines: string[] = [];
  const [rows, channels] = [shape.at(-2) ?? 1, shape.at(-1)!];
  if (channels % 2 === 1) lines.push(`if (${field(shape.length - 1)} == ${channels - 1}) result.yw = vec2(0.0);`);
  if (shape.length === 1) lines.push('result.zw = vec2(0.0);');
  else if (rows % 2 === 1) lines.push(`if (${field(shape.length - 2)} == ${rows - 1}) result.zw = vec2(0.0);`);
  if (lines.length === 0) return '';
  const type = shape.length === 1 ? 'int' : `ivec${shape.length}`;
  return `${type} coords = getOutputCoords();\n${lines.join('\n')}`;
}

/** What forward and backward share; GLSL compilers may take for granted that there is no NaN, hence the bit tests. */
function commonSnippet(): string {
  const bitTests = `
    bool isNaN(float v) { return (floatBitsToUint(v) & 0x7fffffffu) > 0x7f800000u; }
    bool isInfinite(float v) { return (floatBitsToUint(v) & 0x7fffffffu) == 0x7f800000u; }`;
  const withoutBits = `
    bool isNaN(float v) { return isnan(v); }
    bool isInfinite(float v) { return isinf(v); }`;
  return `
    ${env().getNumber('WEBGL_VERSION') === 2 ? bitTests : withoutBits}
    const float FLOAT32_MAX = 3.4028234e38;

    // For e in [0, 1]: 2 artanh(e / (e + 2)), the series cut where float32 ends.
    float log1pSmall(float e) {
      float z = e / (e + 2.0);
      float w = z * z;
      return 2.0 * z + z * w * (0.66666667 + w * (0.39999701 + w * (0.2859258 + w * (0.21703358 + w * 0.23238877))));
    }

    // Near b = 1 the difference is exact and EPSILON survives; max keeps compilers from folding 1 + EPSILON.
    float temperature(float b) { return max(1.0 - b, -FLOAT32_MAX) + ${EPSILON}; }

    // Finite, so that it never turns a zero factor into NaN.
    float quotient(float x, float s) { return min(abs(x) / s, FLOAT32_MAX); }
  `;
}

function forwardSnippet(): string {
  return `
    ${commonSnippet()}
    float phi(float x, float b, float c) {
      if (isNaN(x)) return x;
      if (isInfinite(x)) {
        if (x > 0.0) return x + b + c;
        return b == 0.0 && c > 0.0 ? x : 0.0 * (b + c);
      }
      float s = temperature(b);
      float u = quotient(x, s);
      float e = exp(-b * u);
      return max(x, 0.0) - c * abs(x) * (e / (1.0 + e)) + (1.0 - c) * s * log1pSmall(exp(-u));
    }
  `;
}

/** dPhi: the derivatives of phi in x, beta and coeff. */
function backwardSnippet(): string {
  return `
    ${commonSnippet()}
    vec3 dPhi(float x, float b, float c) {
      if (isNaN(x)) return vec3(x);
      float s = temperature(b);
      float u = quotient(x, s);
      float v = b * u;
      float ev = exp(-v);
      float eu = exp(-u);
      float rv = 1.0 / (1.0 + ev);
      float p = ev * rv;
      float q = eu / (1.0 + eu);
      float even = c * (p - v * p * rv) + (1.0 - c) * q;
      float log1pExp = log1pSmall(eu);
      // In this order u² overflows only where the product does.
      float silu = (c * ${1 + EPSILON} * (u * p)) * (u * rv);
      float softplus = (1.0 - c) * (u * q + log1pExp);
      float line = p == 0.0 ? 0.0 : abs(x) * p;
      return vec3(x > 0.0 ? 1.0 - even : even, silu - softplus, -(line + s * log1pExp));
    }
  `;
}

registerCtuKernels('webgl', { ctu, ctuGrad });
