/**
 * The fused kernels of the WebGPU backend: `import '@curvature-tuning/activation/webgpu'`.
 *
 * Programs see flat arrays: element i of x belongs to element i mod size(beta) of beta, whatever the shapes are, so
 * that one pipeline serves all ranks. A parameter that is a single number and not on the GPU yet, as one given as a
 * number is, comes as a uniform: no buffer is made for it. The backward pass is one elementwise program for dx, one for
 * the partial sums of dbeta and dcoeff together, one that makes them fewer where a parameter has very many, and one
 * final sum each. Formulas: math.ts.
 */
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import { EPSILON } from '../math.js';
import type { UnitForm } from '../unitForm.js';
import type { CtuFormAttrs, CtuGradInputs, CtuInputs } from './kernel.js';
import { kernelsOfForms, registerCtuKernels } from './kernel.js';

/** Within every device's limits, those of compatibility mode included. */
const WORKGROUP_SIZE = 64;
/** Columns of the partial sums, at least: neighbouring threads read neighbouring elements. */
const COLUMNS = 256;
/** Partial sums of an element, at most, that a final sum takes: one workgroup adds them up. */
const MOST_TERMS = 16_384;

const ctuForm: KernelFunc = ({ inputs, backend, attrs }) => {
  const { x, beta, coeff } = inputs as CtuInputs;
  return elementwise(backend as WebGPUBackend, 'y', [x, beta, coeff], attrs as CtuFormAttrs);
};

const ctuFormGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const { dy, x, beta, coeff } = inputs as CtuGradInputs;
  const webgpu = backend as WebGPUBackend;
  const form = attrs as CtuFormAttrs;
  const dx = elementwise(webgpu, 'dx', [x, beta, coeff, dy], form);
  if (form.wrt === 'x') return [dx];
  if (sizeOf(x) === 0)
    return [dx, ...[beta, coeff].map((p) => webgpu.makeTensorInfo(p.shape, 'float32', new Float32Array(sizeOf(p))))];

  const partial = fewer(webgpu, partialSums(webgpu, [x, beta, coeff, dy], form), [beta, coeff]);
  const [dbeta, dcoeff] = [finalSum(webgpu, partial, 0, beta.shape), finalSum(webgpu, partial, 1, coeff.shape)];
  webgpu.disposeData(partial.dataId);
  return [dx, dbeta, dcoeff];
};

/** y from [x, beta, coeff], or dx from [x, beta, coeff, dy]. */
function elementwise(
  webgpu: WebGPUBackend,
  quantity: 'y' | 'dx',
  inputs: [TensorInfo, TensorInfo, TensorInfo, TensorInfo?],
  form: UnitForm,
): TensorInfo {
  const { width, type, lanes, parameters } = layout(webgpu, inputs);
  const size = sizeOf(inputs[0]) / width;
  const element = quantity === 'y' ? 'unit(x@, b@, c@)' : 'dUnit(x@, b@, c@).x';
  return run(webgpu, {
    name: `${quantity}_${nameOf(form)}`,
    buffers: buffersOf(inputs, width),
    parameters,
    width,
    threads: size,
    outputShape: inputs[0].shape,
    uniforms: { size },
    userCode: `
      ${quantity === 'y' ? forwardOf(form) : backwardOf(form)}
      fn main(index : i32) {
        if (index >= uniforms.size) { return; }
        let x = X[index];
        let b = ${type}(${parameters[0].at('index')});
        let c = ${type}(${parameters[1].at('index')});
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
function partialSums(
  webgpu: WebGPUBackend,
  inputs: [TensorInfo, TensorInfo, TensorInfo, TensorInfo],
  form: UnitForm,
): TensorInfo {
  const { width, type, lanes, parameters } = layout(webgpu, inputs);
  const size = sizeOf(inputs[0]) / width;
  const period = Math.max(...parameters.map((of) => of.size));
  const columns = period * Math.min(Math.ceil(COLUMNS / period), size / period);
  const rows = Math.ceil(size / columns);
  const chunk = Math.ceil(Math.sqrt(rows));
  const sums = Math.ceil(rows / chunk) * columns;
  const derivatives = (component: 'y' | 'z'): string =>
    `${type}(${lanes.map((_, k) => `d${k}.${component}`).join(', ')})`;
  return run(webgpu, {
    name: `partial_${nameOf(form)}`,
    buffers: buffersOf(inputs, width),
    parameters,
    width,
    threads: sums,
    outputShape: [2, sums * width],
    uniforms: { size, columns, chunk, sums },
    userCode: `
      ${backwardOf(form)}
      fn main(index : i32) {
        if (index >= uniforms.sums) { return; }
        let column = index % uniforms.columns;
        let b = ${type}(${parameters[0].at('column')});
        let c = ${type}(${parameters[1].at('column')});
        var dbeta = ${type}();
        var dcoeff = ${type}();
        let first = index / uniforms.columns * uniforms.chunk;
        for (var r = first; r < first + uniforms.chunk; r++) {
          let i = r * uniforms.columns + column;
          if (i >= uniforms.size) { break; }
          let x = X[i];
          let dy = Dy[i];
          ${lanes.map((lane, k) => `let d${k} = dUnit(x${lane}, b${lane}, c${lane});`).join('\n')}
          dbeta += dy * ${derivatives('y')};
          dcoeff += dy * ${derivatives('z')};
        }
        setOutputAtIndex(index, dbeta);
        setOutputAtIndex(index + uniforms.sums, dcoeff);
      }`,
  });
}

/**
 * The same sums in fewer terms, [2, fewer], where an element of a parameter has more than MOST_TERMS; disposes of
 * `partial` then. Terms whose index differs by a multiple of `kept`, itself one of the sizes, belong to one element.
 */
function fewer(webgpu: WebGPUBackend, partial: TensorInfo, parameters: [TensorInfo, TensorInfo]): TensorInfo {
  const sums = partial.shape[1]!;
  const sizes = parameters.map(sizeOf);
  if (sums / Math.min(...sizes) <= MOST_TERMS) return partial;
  const period = Math.max(...sizes);
  // About as many threads as each has terms, in whole periods, and enough of them to fill a card.
  const kept = period * Math.ceil(Math.max(Math.sqrt(sums), 4 * COLUMNS) / period);
  const result = run(webgpu, {
    name: 'fewer',
    buffers: { P: { info: partial, components: 1 } },
    width: 1,
    threads: 2 * kept,
    outputShape: [2, kept],
    uniforms: { sums, kept },
    userCode: `
      fn main(index : i32) {
        if (index >= 2 * uniforms.kept) { return; }
        let row = index / uniforms.kept * uniforms.sums;
        var sum = 0.0;
        for (var i = index % uniforms.kept; i < uniforms.sums; i += uniforms.kept) { sum += P[row + i]; }
        setOutputAtIndex(index, sum);
      }`,
  });
  webgpu.disposeData(partial.dataId);
  return result;
}

/** A parameter as programs read it: from a buffer, or from the uniform `value`. */
interface Parameter {
  name: 'B' | 'C';
  info: TensorInfo;
  value: number | undefined;
  /** Floats in an element of its buffer, and elements. */
  components: 1 | 4;
  size: number;
  /** The expression for what belongs to an index of x's buffer. */
  at: (index: string) => string;
}

interface Layout {
  /** Elements per thread. */
  width: 1 | 4;
  type: 'f32' | 'vec4<f32>';
  lanes: string[];
  parameters: [Parameter, Parameter];
}

/** Buffers of vec4 where the sizes allow; a single parameter is one float in any case. */
function layout(webgpu: WebGPUBackend, [x, beta, coeff]: [TensorInfo, TensorInfo, TensorInfo, TensorInfo?]): Layout {
  const wide = [x, beta, coeff].every((t, i) => sizeOf(t) % 4 === 0 || (i > 0 && sizeOf(t) === 1));
  const width = wide ? 4 : 1;
  const parameter = (name: 'B' | 'C', info: TensorInfo): Parameter => {
    const components = sizeOf(info) === 1 ? 1 : width;
    // What was uploaded has no values here.
    const { values } = webgpu.tensorMap.get(info.dataId);
    const value = values?.length === 1 ? (values as Float32Array)[0] : undefined;
    return {
      name,
      info,
      value,
      components,
      size: sizeOf(info) / components,
      at: (index) => (value === undefined ? `${name}[${index} % uniforms.size${name}]` : `uniforms.value${name}`),
    };
  };
  return {
    width,
    type: wide ? 'vec4<f32>' : 'f32',
    lanes: wide ? ['.x', '.y', '.z', '.w'] : [''],
    parameters: [parameter('B', beta), parameter('C', coeff)],
  };
}

/** x, and dy if there is one, as programs name them. */
function buffersOf(
  [x, , , dy]: [TensorInfo, TensorInfo, TensorInfo, TensorInfo?],
  components: 1 | 4,
): FlatProgram['buffers'] {
  return { X: { info: x, components }, ...(dy && { Dy: { info: dy, components } }) };
}

/** The partial sums of one row, brought together in a parameter's shape. */
function finalSum(webgpu: WebGPUBackend, partial: TensorInfo, row: 0 | 1, outputShape: number[]): TensorInfo {
  const sums = partial.shape[1]!;
  const size = util.sizeFromShape(outputShape);
  const terms = sums / size;
  // Threads that share one output: a power of two, so that a workgroup holds whole outputs and halving adds them up.
  const lanes = Math.min(WORKGROUP_SIZE, 2 ** Math.floor(Math.log2(terms)));
  return run(webgpu, {
    name: `final_${lanes}`,
    buffers: { P: { info: partial, components: 1 } },
    width: 1,
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
  /** Stands for the code, beside what `buffers`, `parameters` and `width` say. */
  name: string;
  /** By the names that the code has for them, with the floats in an element of each. */
  buffers: Record<string, { info: TensorInfo; components: 1 | 4 }>;
  parameters?: Parameter[];
  /** Floats in an element of the output's buffer. */
  width: 1 | 4;
  threads: number;
  outputShape: number[];
  uniforms: Record<string, number>;
  userCode: string;
}

/** Runs a program on flat views of its inputs. */
function run(
  webgpu: WebGPUBackend,
  { name, buffers, parameters = [], width, threads, outputShape, uniforms, userCode }: FlatProgram,
): TensorInfo {
  const [onDevice, numbers] = [true, false].map((here) => parameters.filter((p) => (p.value === undefined) === here));
  const inputs = [
    ...Object.entries(buffers).map(([name, of]) => ({ name, ...of })),
    ...onDevice!.map(({ name, info, components }) => ({ name, info, components })),
  ];
  const integers = { ...uniforms, ...Object.fromEntries(onDevice!.map(({ name, size }) => [`size${name}`, size])) };
  const program: WebGPUProgram = {
    variableNames: inputs.map((of) => of.name),
    outputShape: [util.sizeFromShape(outputShape)],
    shaderKey: ['ctu', name, ...inputs.map((of) => `${of.name}${of.components}`)].join('_'),
    workgroupSize: [WORKGROUP_SIZE, 1, 1],
    dispatchLayout: { x: [0] },
    dispatch: [Math.ceil(threads / WORKGROUP_SIZE), 1, 1],
    uniforms: [
      ...Object.keys(integers).map((u) => `${u} : i32, `),
      ...numbers!.map((of) => `value${of.name} : f32, `),
    ].join(''),
    outputComponent: width,
    variableComponents: inputs.map((of) => of.components),
    getUserCode: () => userCode,
  };
  const values = [
    ...Object.values(integers).map((value) => ({ type: 'int32', data: [value] })),
    ...numbers!.map(({ value }) => ({ type: 'float32', data: [value!] })),
  ];
  const flat = inputs.map(({ info }) => ({ ...info, shape: [sizeOf(info)] }));
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

  // a with the upper half of its digits.
  fn upper(a : f32) -> f32 { return bitcast<f32>(bitcast<u32>(a) & 0xfffff000u); }

  // a * b - p for a p near the product, exactly: products of halves are exact, contracted with additions or not.
  fn restOfProduct(a : f32, b : f32, p : f32) -> f32 {
    let ah = upper(a);
    let bh = upper(b);
    return ((ah * bh - p) + ah * (b - bh) + (a - ah) * bh) + (a - ah) * (b - bh);
  }

  // What rounding, and a division that is good to a few ulp, took from u = |x| / s; 0 where products might overflow.
  fn restOfQuotient(x : f32, b : f32, s : f32, u : f32) -> f32 {
    let d = max(1.0 - b, -FLOAT32_MAX);
    let restOfS = ((1.0 - d) - b) + ((d - s) + ${EPSILON});
    return select(0.0, -(restOfProduct(u, s, abs(x)) + u * restOfS) / s, u < 1e37);
  }

  // exp(-v) for v = b * (u + rest). What rounding takes from v shows v times as large in it, and cards' own
  // exponentials round once more. exp of the fraction is its Taylor polynomial.
  fn decay(b : f32, u : f32, rest : f32) -> f32 {
    let v = b * u;
    if (v > 87.6) { return 0.0; }
    let n = round(v * 1.44269504);
    // ln 2 in two parts, whose first has so few digits that its product with n is exact.
    let f = -((v - n * 0.693359375) + n * 2.12194440e-4 + (restOfProduct(b, u, v) + b * rest));
    let high = 1.0 / 6.0 + f * (1.0 / 24.0 + f * (1.0 / 120.0 + f * (1.0 / 720.0 + f * (1.0 / 5040.0))));
    return (1.0 + f * (1.0 + f * (0.5 + f * high))) * bitcast<f32>(u32(127 - i32(n)) << 23u);
  }
`;

/** What shader keys have of a form. */
const nameOf = ({ maxValue, alpha }: UnitForm): string => `${maxValue}_${alpha}`;

/** A number as WGSL writes it. */
const f32 = (value: number): string => `f32(${Math.fround(value)})`;

/** `unit`: y of a form. Clipped by the even parts of phi, phi(x) − max(x, 0), which do not cancel where x is large. */
const forwardOf = ({ maxValue, alpha }: UnitForm): string => `
  ${COMMON}
  fn even(x : f32, b : f32, c : f32) -> f32 {
    let s = temperature(b);
    let u = quotient(x, s);
    let e = decay(b, u, restOfQuotient(x, b, s, u));
    return (1.0 - c) * s * log1pSmall(exp(-u)) - c * abs(x) * (e / (1.0 + e));
  }
  fn phi(x : f32, b : f32, c : f32) -> f32 {
    if (isInfinite(x)) { return select(0.0, x, x > 0.0 || (b == 0.0 && c > 0.0)); }
    return max(x, 0.0) + even(x, b, c);
  }
  fn unit(x : f32, b : f32, c : f32) -> f32 {
    let sum = x + b + c;
    if (isNaN(sum)) { return sum; }
    ${
      maxValue === Infinity
        ? 'let u = phi(x, b, c);'
        : `
    let finite = clamp(x, -FLOAT32_MAX, FLOAT32_MAX);
    let u = clamp(finite, 0.0, ${f32(maxValue)}) + (even(finite, b, c) - even(finite - ${f32(maxValue)}, b, c));`
    }
    return ${alpha === 0 ? 'u' : `${f32(alpha)} * x + ${f32(1 - alpha)} * u`};
  }
`;

/** `dUnit`: the derivatives of a form in x, beta and coeff. */
const backwardOf = ({ maxValue, alpha }: UnitForm): string => `
  ${COMMON}
  fn dPhi(x : f32, b : f32, c : f32) -> vec3<f32> {
    let sum = x + b + c;
    if (isNaN(sum)) { return vec3<f32>(sum); }
    let s = temperature(b);
    let rounded = quotient(x, s);
    let rest = restOfQuotient(x, b, s, rounded);
    let u = rounded + rest;
    let v = b * u;
    let ev = decay(b, rounded, rest);
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
  fn dUnit(x : f32, b : f32, c : f32) -> vec3<f32> {
    var u = dPhi(x, b, c);
    ${maxValue === Infinity ? '' : `u -= dPhi(x - ${f32(maxValue)}, b, c);`}
    return ${alpha === 0 ? 'u' : `vec3<f32>(${f32(alpha)}, 0.0, 0.0) + ${f32(1 - alpha)} * u`};
  }
`;

registerCtuKernels('webgpu', kernelsOfForms(ctuForm, ctuFormGrad));
