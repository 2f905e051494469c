/**
 * The compiled kernels of native/ctu.c.
 */
import { BINARIES } from './wasmBinaries.js';
import type { WasmHost } from '@curvature-tuning/wasm-host';
import { wasmHost } from '@curvature-tuning/wasm-host';

/** The functions of native/ctu.c. Pointers are byte offsets in the memory that the instance was made for. */
export interface NativeCtu {
  /** Bytes of scratch memory that the other functions want for parameters of these many elements. */
  scratch_bytes(betas: number, coeffs: number): number;
  ctu(x: number, y: number, ...rest: [...Sizes, scratch: number]): void;
  ctu_dx(x: number, dy: number, dx: number, ...rest: [...Sizes, scratch: number]): void;
  ctu_grad(
    x: number,
    dy: number,
    dx: number,
    ...rest: [...Sizes, dbeta: number, dcoeff: number, scratch: number]
  ): void;
}

/** Elements of x, and the parameters with theirs. */
type Sizes = [n: number, beta: number, betas: number, coeff: number, coeffs: number];

/** Where the kernels run. */
export const host: WasmHost<NativeCtu> = wasmHost<NativeCtu>(BINARIES);
