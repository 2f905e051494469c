/**
 * The compiled kernels of native/ctu.c: which of the four binaries a memory and a host take, and an instance of it.
 */
import { SCALAR, SCALAR_SHARED, SIMD, SIMD_SHARED } from './wasmBinaries.js';

/** The functions of native/ctu.c. Pointers are byte offsets in the memory that the instance was made for. */
export interface NativeCtu {
  /** Bytes of scratch memory that the other functions want for parameters of these many elements. */
  scratch_bytes(betas: number, coeffs: number): number;
  ctu(
    x: number,
    y: number,
    n: number,
    beta: number,
    betas: number,
    coeff: number,
    coeffs: number,
    scratch: number,
  ): void;
  ctu_dx(
    x: number,
    dy: number,
    dx: number,
    n: number,
    beta: number,
    betas: number,
    coeff: number,
    coeffs: number,
    scratch: number,
  ): void;
  ctu_grad(
    x: number,
    dy: number,
    dx: number,
    n: number,
    beta: number,
    betas: number,
    coeff: number,
    coeffs: number,
    dbeta: number,
    dcoeff: number,
    scratch: number,
  ): void;
}

/** Whether the host has 128-bit SIMD. */
export function hasSimd(): boolean {
  return WebAssembly.validate(decode(SIMD));
}

/** Whether a memory can be seen by other threads. */
export function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
}

/** The kernels, working in `memory`. Compiles synchronously: kernels of tfjs cannot wait. */
export function instantiate(memory: WebAssembly.Memory): NativeCtu {
  const [plain, shared] = hasSimd() ? [SIMD, SIMD_SHARED] : [SCALAR, SCALAR_SHARED];
  const module = new WebAssembly.Module(decode(isShared(memory) ? shared : plain));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as NativeCtu;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
