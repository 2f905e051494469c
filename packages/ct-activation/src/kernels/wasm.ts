/**
 * The fused kernels of the WebAssembly backend: `import '@curvature-tuning/activation/wasm'`.
 *
 * The arithmetic is native/ctu.c, compiled to four small binaries that travel inside this package: nothing to host and
 * no path to set. Unless tfjs hides its memory they work in it, without a copy. See wasmKernels for what is in use.
 *
 * Errors against float64, relative to max(1, |exact|): 4e-7 over the conformance table. The rounding of v = beta·|x|/s
 * shows where v is near 10 and beta is small: up to 6e-7 in y and in d/dcoeff, 1.5e-6 in d/dbeta.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { engine } from '@tensorflow/tfjs-core';
import type { CtuGradAttrs, CtuGradInputs, CtuInputs } from './kernel.js';
import { registerCtuKernels } from './kernel.js';
import { accessTo } from './wasm/wasmAccess.js';
import { hasSimd } from './wasm/wasmModule.js';

/** How the fused kernels run. */
export interface WasmKernels {
  /** Four elements at a time, or one on a host without SIMD: six times slower. */
  simd: boolean;
  /** Whether the kernels work in the memory of tfjs or on copies, which happens where a build of tfjs hides it. */
  access: 'in place' | 'copied';
  /** `shared` in the threaded build of tfjs, which cross-origin isolated pages get. The kernels run on one thread. */
  memory: 'plain' | 'shared';
}

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
  return { simd: hasSimd(), ...accessTo(backend as BackendWasm).description };
}

const ctu: KernelFunc = ({ inputs, backend }) => {
  const { x, beta, coeff } = inputs as CtuInputs;
  const wasm = backend as BackendWasm;
  const y = wasm.makeOutput(x.shape, 'float32');
  freeingOnError(wasm, [y], () => accessTo(wasm).forward(x, beta, coeff, y));
  return y;
};

const ctuGrad: KernelFunc = ({ inputs, backend, attrs }) => {
  const { dy, x, beta, coeff } = inputs as CtuGradInputs;
  const wasm = backend as BackendWasm;
  const dx = wasm.makeOutput(x.shape, 'float32');
  if ((attrs as unknown as CtuGradAttrs).wrt === 'x') {
    freeingOnError(wasm, [dx], () => accessTo(wasm).backward(dy, x, beta, coeff, dx));
    return [dx];
  }
  const dbeta = wasm.makeOutput(beta.shape, 'float32');
  const dcoeff = wasm.makeOutput(coeff.shape, 'float32');
  freeingOnError(wasm, [dx, dbeta, dcoeff], () => accessTo(wasm).backward(dy, x, beta, coeff, dx, [dbeta, dcoeff]));
  return [dx, dbeta, dcoeff];
};

/** Runs a kernel, and frees its outputs, of which tfjs does not know yet, where it throws. */
function freeingOnError(wasm: BackendWasm, outputs: TensorInfo[], kernel: () => void): void {
  try {
    kernel();
  } catch (error) {
    outputs.forEach(({ dataId }) => wasm.disposeData(dataId));
    throw error;
  }
}

registerCtuKernels('wasm', { ctu, ctuGrad });
