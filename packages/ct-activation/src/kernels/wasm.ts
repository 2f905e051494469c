/**
 * The fused kernels of the WebAssembly backend: `import '@curvature-tuning/activation/wasm'`.
 *
 * The arithmetic is that of native/, in C, compiled to two small binaries that travel inside this
 * package: nothing to host and no path to set. Unless tfjs hides its memory they work in it, without a copy. See
 * wasmKernels for what is in use.
 *
 * Errors against float64, relative to max(1, |exact|): 4e-7 over the conformance table. The rounding of v = beta·|x|/s
 * shows where v is near 10 and beta is small: up to 6e-7 in y and in d/dcoeff, 1.5e-6 in d/dbeta.
 */
import type { HostDescription } from '@curvature-tuning/wasm-host';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { engine, util } from '@tensorflow/tfjs-core';
import type { CtuFormAttrs, CtuGradInputs, CtuInputs } from './kernel.js';
import { kernelsOfForms, registerCtuKernels } from './kernel.js';
import { evenTable } from './wasm/evenTable.js';
import { host } from './wasm/nativeCtu.js';
import { normalizeBatch, normalizeBatchGrad } from './wasm/normalizeBatch.js';

export type { HostDescription } from '@curvature-tuning/wasm-host';

/** How the fused kernels run. Without SIMD they take six times as long. */
export type WasmKernels = HostDescription;

/**
 * Says how the fused kernels run on this host.
 *
 *     await tf.setBackend('wasm');
 *     wasmKernels()   // {simd: true, access: 'in place', memory: 'plain'}
 *
 * @throws Error before the wasm backend is set up.
 */
export function wasmKernels(): WasmKernels {
  const backend = engine().registry['wasm'];
  if (backend === undefined)
    throw new Error(
      "wasmKernels: there is no wasm backend yet; import '@tensorflow/tfjs-backend-wasm' and await " +
        "tf.setBackend('wasm')",
    );
  return host.describe(backend as BackendWasm);
}

const ctuForm: KernelFunc = (params) => {
  const { maxValue, alpha } = params.attrs as CtuFormAttrs;
  const { x, beta, coeff } = params.inputs as CtuInputs;
  const backend = params.backend as BackendWasm;
  const y = backend.makeOutput(x.shape, 'float32');
  const { native, run } = host.accessTo(backend);
  const [onlyBeta, onlyCoeff] = [onlyNumber(backend, beta), onlyNumber(backend, coeff)];
  const table = onlyBeta === undefined || onlyCoeff === undefined ? undefined : evenTable(size(x), onlyBeta, onlyCoeff);
  run('ctu', [x, beta, coeff], [y], ([px, pbeta, pcoeff, py], lend) => {
    if (table !== undefined) {
      const at = lend(table.coefficients);
      native.ctu_tabled(px!, py!, size(x), at, table.last, table.k, maxValue, alpha);
      return;
    }
    const scratch = lend(native.scratch_bytes(size(beta), size(coeff)));
    native.ctu(px!, py!, size(x), pbeta!, size(beta), pcoeff!, size(coeff), maxValue, alpha, scratch);
  });
  return y;
};

const ctuFormGrad: KernelFunc = (params) => {
  const { dy, x, beta, coeff } = params.inputs as CtuGradInputs;
  const { wrt, maxValue, alpha } = params.attrs as CtuFormAttrs;
  const backend = params.backend as BackendWasm;
  const wanted = wrt === 'x' ? [x] : [x, beta, coeff];
  const outputs = wanted.map(({ shape }) => backend.makeOutput(shape, 'float32'));
  const { native, run } = host.accessTo(backend);
  run('ctu', [x, dy, beta, coeff], outputs, ([px, pdy, pbeta, pcoeff, pdx, pdbeta, pdcoeff], lend) => {
    const scratch = lend(native.scratch_bytes(size(beta), size(coeff)));
    const given = [px!, pdy!, pdx!, size(x), pbeta!, size(beta), pcoeff!, size(coeff), maxValue, alpha] as const;
    if (wrt === 'x') native.ctu_dx(...given, scratch);
    else native.ctu_grad(...given, pdbeta!, pdcoeff!, scratch);
  });
  return outputs;
};

/** The number that all entries of a parameter are. */
function onlyNumber(backend: BackendWasm, parameter: TensorInfo): number | undefined {
  const values = backend.typedArrayFromHeap(parameter);
  return values.every((value) => value === values[0]) ? values[0] : undefined;
}

function size(t: TensorInfo): number {
  return util.sizeFromShape(t.shape);
}

registerCtuKernels('wasm', { ...kernelsOfForms(ctuForm, ctuFormGrad), normalizeBatch, normalizeBatchGrad });
