/**
 * The compiled kernels of native/ctu.c, native/tabled.c and native/normalize.c.
 */
import { BINARIES } from './wasmBinaries.js';
import type { WasmHost } from '@curvature-tuning/wasm-host';
import { wasmHost } from '@curvature-tuning/wasm-host';

/** Their functions. Pointers are byte offsets in the memory that the instance was made for. */
export interface NativeCtu {
  /** Bytes of scratch memory that the other functions want for parameters of these many elements. */
  scratch_bytes(betas: number, coeffs: number): number;
  ctu(x: number, y: number, ...rest: [...OfUnit, scratch: number]): void;
  /** y where all elements have one beta and c, whose table this is, see evenTable.ts. */
  ctu_tabled(
    x: number,
    y: number,
    n: number,
    ...rest: [table: number, last: number, k: number, maxValue: number, alpha: number]
  ): void;
  ctu_dx(x: number, dy: number, dx: number, ...rest: [...OfUnit, scratch: number]): void;
  ctu_grad(
    x: number,
    dy: number,
    dx: number,
    ...rest: [...OfUnit, dbeta: number, dcoeff: number, scratch: number]
  ): void;
  /** Bytes of scratch memory that the next three want for these many channels. */
  normalize_scratch(channels: number): number;
  normalize_statistics(x: number, n: number, channels: number, statistics: number, scratch: number): void;
  normalize_value(x: number, y: number, ...rest: [...Normalization, scratch: number]): void;
  normalize_grad(
    x: number,
    dy: number,
    dx: number,
    ...rest: [...Normalization, dscale: number, doffset: number, dbeta: number, dcoeff: number, scratch: number]
  ): void;
}

/** Elements of x, the parameters with theirs, and the form: infinity and 0 for phi itself. */
type OfUnit = [n: number, beta: number, betas: number, coeff: number, coeffs: number, maxValue: number, alpha: number];

/** Elements of x, channels, and the parameters; beta and coeff are 0 where there is no unit. */
type Normalization = [
  n: number,
  channels: number,
  statistics: number,
  scale: number,
  offset: number,
  beta: number,
  coeff: number,
  epsilon: number,
];

/** Where the kernels run. */
export const host: WasmHost<NativeCtu> = wasmHost<NativeCtu>(BINARIES);
