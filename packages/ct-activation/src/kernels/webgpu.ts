/**
 * The fused kernels of the WebGPU backend: `import '@curvature-tuning/activation/webgpu'`.
 *
 * Programs see flat arrays: element i of x belongs to element i mod size(beta) of beta, whatever the shapes are, so
 * that one pipeline serves all ranks. A parameter that is a single number and not on the GPU yet, as one given as a
 * number is, comes as a uniform: no buffer is made for it. The backward pass is one elementwise program for dx, one for
 * the partial sums of dbeta and dcoeff together, one that makes them fewer where a parameter has very many, and one
 * final sum each. Formulas: math.ts. Batch normalisation with the unit behind it: webgpu/normalizeBatch.ts.
 */
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { UnitForm } from '../unitForm.js';
import type { CtuFormAttrs, CtuGradInputs, CtuInputs } from './kernel.js';
import { kernelsOfForms, registerCtuKernels } from './kernel.js';
import { adam } from './webgpu/adam.js';
import { crossEntropy, crossEntropyGrad } from './webgpu/crossEntropy.js';
import { ctuPair, ctuPairGrad } from './webgpu/ctuPair.js';
import type { FlatProgram, Width } from './webgpu/flatProgram.js';
import { lanesOf, run, sizeOf } from './webgpu/flatProgram.js';
import { normalizeBatch, normalizeBatchGrad } from './webgpu/normalizeBatch.js';
import { fewer, finalSums, groupsOf } from './webgpu/partialSums.js';
import { backwardOf, forwardOf, nameOf } from './webgpu/unitArithmetic.js';

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

  const partial = fewer(webgpu, partialSums(webgpu, [x, beta, coeff, dy], form), [sizeOf(beta), sizeOf(coeff)]);
  const sums = [beta, coeff].map((of, row) =>
    finalSums(webgpu, partial, { row, size: sizeOf(of), outputShape: of.shape }),
  );
  webgpu.disposeData(partial.dataId);
  return [dx, ...sums];
};

/** y from [x, beta, coeff], or dx from [x, beta, coeff, dy]. */
function elementwise(
  webgpu: WebGPUBackend,
  quantity: 'y' | 'dx',
  inputs: [TensorInfo, TensorInfo, TensorInfo, TensorInfo?],
  form: UnitForm,
): TensorInfo {
  const { width, type, lanes, parameters, bindings } = layout(webgpu, inputs);
  const size = sizeOf(inputs[0]) / width;
  const element = quantity === 'y' ? 'unit(x@, b@, c@)' : 'dUnit(x@, b@, c@).x';
  return run(webgpu, {
    ...bindings,
    name: `${quantity}_${nameOf(form)}`,
    width,
    threads: size,
    outputShape: inputs[0].shape,
    integers: { ...bindings.integers, size },
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

/** Partial sums, [2, groups · columns]: dbeta's, then dcoeff's. */
function partialSums(
  webgpu: WebGPUBackend,
  inputs: [TensorInfo, TensorInfo, TensorInfo, TensorInfo],
  form: UnitForm,
): TensorInfo {
  const { width, type, lanes, parameters, bindings } = layout(webgpu, inputs);
  const size = sizeOf(inputs[0]) / width;
  const { columns, chunk, sums } = groupsOf(size, Math.max(...parameters.map((of) => of.size)));
  const derivatives = (component: 'y' | 'z'): string =>
    `${type}(${lanes.map((_, k) => `d${k}.${component}`).join(', ')})`;
  return run(webgpu, {
    ...bindings,
    name: `partial_${nameOf(form)}`,
    width,
    threads: sums,
    outputShape: [2, sums * width],
    integers: { ...bindings.integers, size, columns, chunk, sums },
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

/** A parameter as programs read it: from a buffer, or from the uniform `value`. */
interface Parameter {
  name: 'B' | 'C';
  info: TensorInfo;
  value: number | undefined;
  width: Width;
  /** Elements of its buffer. */
  size: number;
  /** The expression for what belongs to an index of x's buffer. */
  at: (index: string) => string;
}

interface Layout {
  /** Elements per thread. */
  width: Width;
  type: 'f32' | 'vec4<f32>';
  lanes: string[];
  parameters: [Parameter, Parameter];
  /** What of it a program is given. */
  bindings: Pick<FlatProgram, 'buffers' | 'integers' | 'floats'>;
}

/** Buffers of vec4 where the sizes allow; a single parameter is one float in any case. */
function layout(
  webgpu: WebGPUBackend,
  [x, beta, coeff, dy]: [TensorInfo, TensorInfo, TensorInfo, TensorInfo?],
): Layout {
  const wide = [x, beta, coeff].every((t, i) => sizeOf(t) % 4 === 0 || (i > 0 && sizeOf(t) === 1));
  const width = wide ? 4 : 1;
  const parameter = (name: 'B' | 'C', info: TensorInfo): Parameter => {
    // What was uploaded has no values here.
    const { values } = webgpu.tensorMap.get(info.dataId);
    const value = values?.length === 1 ? (values as Float32Array)[0] : undefined;
    const ownWidth = sizeOf(info) === 1 ? 1 : width;
    return {
      name,
      info,
      value,
      width: ownWidth,
      size: sizeOf(info) / ownWidth,
      at: (index) => (value === undefined ? `${name}[${index} % uniforms.size${name}]` : `uniforms.value${name}`),
    };
  };
  const parameters: [Parameter, Parameter] = [parameter('B', beta), parameter('C', coeff)];
  const onDevice = parameters.filter(({ value }) => value === undefined);
  const numbers = parameters.filter(({ value }) => value !== undefined);
  return {
    width,
    ...lanesOf(width),
    parameters,
    bindings: {
      buffers: {
        X: { info: x, width },
        ...(dy && { Dy: { info: dy, width } }),
        ...Object.fromEntries(onDevice.map(({ name, info, width }) => [name, { info, width }])),
      },
      integers: Object.fromEntries(onDevice.map(({ name, size }) => [`size${name}`, size])),
      floats: Object.fromEntries(numbers.map(({ name, value }) => [`value${name}`, value!])),
    },
  };
}

registerCtuKernels('webgpu', {
  ...kernelsOfForms(ctuForm, ctuFormGrad),
  normalizeBatch,
  normalizeBatchGrad,
  ctuPair,
  ctuPairGrad,
  crossEntropy,
  crossEntropyGrad,
  adam,
});
