/**
 * The fused kernels of the WebGPU backend: `import '@curvature-tuning/activation/webgpu'`.
 *
 * Programs see flat arrays: element i of x belongs to element i mod size(beta) of beta, whatever the shapes are, so
 * that one pipeline serves all ranks. The backward pass is one elementwise program for dx, one for the partial sums of
 * dbeta and dcoeff together, and one final sum each. Formulas: math.ts.
 */
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import { EPSILON } from '../math.js';
import type { CtuGradAttrs, CtuGradInputs, CtuInputs } from './kernel.js';
import { registerCtuKernels } from './kernel.js';

/** Within every device's limits, those of compatibility mode included. */
const WORKGROUP_SIZE = 64;
/** Columns of the partial sums, at least: neighbouring threads read neighbouring elements. */
const COLUMNS = 256;

const ctu: KernelFunc = ({ inputs, backend }) => {
  const { x, beta, coeff } = inputs as CtuInputs;
  return elementwise(backend as WebGPUBackend, 'y', [x, beta, coeff]);
};

const ctuGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const { dy, x, beta, coeff } = inputs as CtuGradInputs;
  const webgpu = backend as WebGPUBackend;
  const dx = elementwise(webgpu, 'dx', [x, beta, coeff, dy]);
  if ((attrs as CtuGradAttrs).wrt === 'x') return [dx];
  if (sizeOf(x) === 0)
    return [dx, ...[beta, coeff].map((p) => webgpu.makeTensorInfo(p.shape, 'float32', new Float32Array(sizeOf(p))))];

  const partial = partialSums(webgpu, [x, beta, coeff, dy]);
  const [dbeta, dcoeff] = [finalSum(webgpu, partial, 0, beta.shape), finalSum(webgpu, partial, 1, coeff.shape)];
  webgpu.disposeData(partial.dataId);
  return [dx, dbeta, dcoeff];
};

/** y from [x, beta, coeff], or dx from [x, beta, coeff, dy]. */
function elementwise(
  webgpu: WebGPUBackend,
  quantity: 'y' | 'dx',
  inputs: [TensorInfo, TensorInfo, TensorInfo, TensorInfo?],
): TensorInfo {
  const { width, type, lanes, key, components, betaSize, coeffSize } = layout(inputs);
  const size = sizeOf(inputs[0]) / width;
  const element = quantity === 'y' ? 'phi(x@, b@, c@)' : 'dPhi(x@, b@, c@).x';
  return run(webgpu, {
    name: quantity,
    variableNames: ['X', 'B', 'C', 'Dy'],
    inputs,
    key,
    components,
    threads: size,
    outputShape: inputs[0].shape,
    uniforms: { size, betaSize, coeffSize },
    userCode: `
      ${quantity === 'y' ? FORWARD : BACKWARD}
      fn main(index : i32) {
        if (index >= uniforms.size) { return; }
        let x = X[index];
        let b = ${type}(B[index % uniforms.betaSize]);
        let c = ${type}(C[index % uniforms.coeffSize]);
        let result = ${type}(${lanes.map((lane) => element.replaceAll('@', lane)).join(', ')});
        setOutputAtIndex(index, ${quantity === 'y' ? '' : 'Dy[index] * '}result);
      }`,
  });
}

/**
 * Partial sums, [2, groups · columns]: dbeta's, then dcoeff's.
 *
 * x is read as a matrix whose number of columns is a multiple of both parameters' sizes, the last row cut short; a
 * group is about √rows rows. So the flat index of a partial sum, mod the size of a parameter, says whose it is.
 */
function partialSums(webgpu: WebGPUBackend, inputs: [TensorInfo, TensorInfo, TensorInfo, TensorInfo]): TensorInfo {
  const { width, type, lanes, key, components, betaSize, coeffSize } = layout(inputs);
  const size = sizeOf(inputs[0]) / width;
  const period = Math.max(betaSize, coeffSize);
  const columns = period * Math.min(Math.ceil(COLUMNS / period), size / period);
  const rows = Math.ceil(size / columns);
  const chunk = Math.ceil(Math.sqrt(rows));
  const sums = Math.ceil(rows / chunk) * columns;
  const derivatives = (component: 'y' | 'z'): string =>
    `${type}(${lanes.map((_, k) => `d${k}.${component}`).join(', ')})`;
  return run(webgpu, {
    name: 'partial',
    variableNames: ['X', 'B', 'C', 'Dy'],
    inputs,
    key,
    components,
    threads: sums,
    outputShape: [2, sums * width],
    uniforms: { size, betaSize, coeffSize, columns, chunk, sums },
    userCode: `
      ${BACKWARD}
      fn main(index : i32) {
        if (index >= uniforms.sums) { return; }
        let column = index % uniforms.columns;
        let b = ${type}(B[column % uniforms.betaSize]);
        let c = ${type}(C[column % uniforms.coeffSize]);
        var dbeta = ${type}();
        var dcoeff = ${type}();
        let first = index / uniforms.columns * uniforms.chunk;
        for (var r = first; r < first + uniforms.chunk; r++) {
          let i = r * uniforms.columns + column;
          if (i >= uniforms.size) { break; }
          let x = X[i];
          let dy = Dy[i];
          ${lanes.map((lane, k) => `let d${k} = dPhi(x${lane}, b${lane}, c${lane});`).join('\n')}
          dbeta += dy * ${derivatives('y')};
          dcoeff += dy * ${derivatives('z')};
        }
        setOutputAtIndex(index, dbeta);
        setOutputAtIndex(index + uniforms.sums, dcoeff);
      }`,
  });
}

interface Layout extends Required<Pick<FlatProgram, 'key' | 'components'>> {
  /** Elements per thread. */
  width: 1 | 4;
  type: 'f32' | 'vec4<f32>';
  lanes: string[];
  /** Sizes of the parameters' buffers, in elements of these buffers. */
  betaSize: number;
  coeffSize: number;
}

/** Buffers of vec4 where the sizes allow; a single parameter is a buffer of one float in any case. */
function layout([x, beta, coeff]: [TensorInfo, TensorInfo, TensorInfo, TensorInfo?]): Layout {
  const sizes = [sizeOf(beta), sizeOf(coeff)];
  const wide = sizeOf(x) % 4 === 0 && sizes.every((n) => n === 1 || n % 4 === 0);
  const width = wide ? 4 : 1;
  const [b, c] = sizes.map((n) => (n === 1 ? 1 : width)) as [number, number];
  return {
    width,
    type: wide ? 'vec4<f32>' : 'f32',
    lanes: wide ? ['.x', '.y', '.z', '.w'] : [''],
    key: [width, b, c],
    components: { output: width, inputs: [width, b, c, width] },
    betaSize: sizes[0]! / b,
    coeffSize: sizes[1]! / c,
  };
}

/** The partial sums of one row, brought together in a parameter's shape. */
function finalSum(webgpu: WebGPUBackend, partial: TensorInfo, row: 0 | 1, outputShape: number[]): TensorInfo {
  const sums = partial.shape[1]!;
  const size = util.sizeFromShape(outputShape);
  const terms = sums / size;
  // Threads that share one output: a power of two, so that a workgroup holds whole outputs and halving adds them up.
  const lanes = Math.min(WORKGROUP_SIZE, 2 ** Math.floor(Math.log2(terms)));
  return run(webgpu, {
    name: 'final',
    variableNames: ['P'],
    inputs: [partial],
    key: [lanes],
    threads: size * lanes,
    outputShape,
    uniforms: { offset: row * sums, size, terms },
    userCode: `
      var<workgroup> sums : array<f32, ${WORKGROUP_SIZE}>;
      fn main(index : i32) {
        let lane = index % ${lanes};
        let output = index / ${lanes};
        var sum = 0.0;
        if (output < uniforms.size) {
          for (var i = lane; i < uniforms.terms; i += ${lanes}) {
            sum += P[uniforms.offset + output + i * uniforms.size];
          }
        }
        sums[localIndex] = sum;
        for (var reach = ${lanes}u / 2u; reach > 0u; reach /= 2u) {
          workgroupBarrier();
          if (u32(lane) < reach) { sums[localIndex] += sums[localIndex + reach]; }
        }
        if (lane == 0 && output < uniforms.size) { setOutputAtIndex(output, sums[localIndex]); }
      }`,
  });
}

interface FlatProgram {
  name: string;
  variableNames: string[];
  inputs: (TensorInfo | undefined)[];
  /** What of the arguments is written into the code. */
  key: number[];
  /** Floats in an element of each buffer; 1 unless given. */
  components?: { output: number; inputs: number[] };
  threads: number;
  outputShape: number[];
  uniforms: Record<string, number>;
  userCode: string;
}

/** Runs a program on flat views of its inputs; an output without elements is empty without running. */
function run(
  webgpu: WebGPUBackend,
  { name, variableNames, inputs, key, components, threads, outputShape, uniforms, userCode }: FlatProgram,
): TensorInfo {
  const flat = inputs.filter((t) => t !== undefined).map((t) => ({ ...t, shape: [sizeOf(t)] }));
  const program: WebGPUProgram = {
    variableNames: variableNames.slice(0, flat.length),
    outputShape: [util.sizeFromShape(outputShape)],
    shaderKey: ['ctu', name, ...key].join('_'),
    workgroupSize: [WORKGROUP_SIZE, 1, 1],
    dispatchLayout: { x: [0] },
    dispatch: [Math.ceil(threads / WORKGROUP_SIZE), 1, 1],
    uniforms: Object.keys(uniforms)
      .map((u) => `${u} : i32, `)
      .join(''),
    ...(components && { outputComponent: components.output, variableComponents: components.inputs }),
    getUserCode: () => userCode,
  };
  const values = Object.values(uniforms).map((value) => ({ type: 'int32', data: [value] }));
  return { ...webgpu.runWebGPUProgram(program, flat, 'float32', values), shape: outputShape };
}

function sizeOf(t: TensorInfo): number {
  return util.sizeFromShape(t.shape);
}

/** What forward and backward share; WGSL compilers may take for granted that there is no NaN, hence the bit tests. */
const COMMON = `
  const FLOAT32_MAX = 0x1.fffffep+127f;

  fn isNaN(v : f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u; }
  fn isInfinite(v : f32) -> bool { return (bitcast<u32>(v) & 0x7fffffffu) == 0x7f800000u; }

  // For e in [0, 1]: 2 artanh(e / (e + 2)), the series cut where float32 ends.
  fn log1pSmall(e : f32) -> f32 {
    let z = e / (e + 2.0);
    let w = z * z;
    return 2.0 * z + z * w * (0.66666667 + w * (0.39999701 + w * (0.2859258 + w * (0.21703358 + w * 0.23238877))));
  }

  // Near b = 1 the difference is exact and EPSILON survives; max keeps compilers from folding 1 + EPSILON.
  fn temperature(b : f32) -> f32 { return max(1.0 - b, -FLOAT32_MAX) + ${EPSILON}; }

  // Finite, so that it never turns a zero factor into NaN.
  fn quotient(x : f32, s : f32) -> f32 { return min(abs(x) / s, FLOAT32_MAX); }
`;

const FORWARD = `
  ${COMMON}
  fn phi(x : f32, b : f32, c : f32) -> f32 {
    let sum = x + b + c;
    if (isNaN(sum)) { return sum; }
    if (isInfinite(x)) { return select(0.0, x, x > 0.0 || (b == 0.0 && c > 0.0)); }
    let s = temperature(b);
    let u = quotient(x, s);
    let e = exp(-b * u);
    return max(x, 0.0) - c * abs(x) * (e / (1.0 + e)) + (1.0 - c) * s * log1pSmall(exp(-u));
  }
`;

/** dPhi: the derivatives of phi in x, beta and coeff. */
const BACKWARD = `
  ${COMMON}
  fn dPhi(x : f32, b : f32, c : f32) -> vec3<f32> {
    let sum = x + b + c;
    if (isNaN(sum)) { return vec3<f32>(sum); }
    let s = temperature(b);
    let u = quotient(x, s);
    let v = b * u;
    let ev = exp(-v);
    let eu = exp(-u);
    let rv = 1.0 / (1.0 + ev);
    let p = ev * rv;
    let q = eu / (1.0 + eu);
    let even = c * (p - v * p * rv) + (1.0 - c) * q;
    let log1pExp = log1pSmall(eu);
    // In this order u² overflows only where the product does.
    let silu = (c * ${1 + EPSILON} * (u * p)) * (u * rv);
    let softplus = (1.0 - c) * (u * q + log1pExp);
    // Infinity · 0 where p underflows.
    let line = select(abs(x) * p, 0.0, p == 0.0);
    return vec3<f32>(select(even, 1.0 - even, x > 0.0), silu - softplus, -(line + s * log1pExp));
  }
`;

registerCtuKernels('webgpu', { ctu, ctuGrad });
