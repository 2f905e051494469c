/**
 * The compiled kernels of native/: which of the four binaries a memory and a host take, and an instance of it.
 */
import type { Geometry } from './geometry.js';
import { SCALAR, SCALAR_SHARED, SIMD, SIMD_SHARED } from './wasmBinaries.js';

/**
 * The functions of native/. Pointers are byte offsets in the memory that the instance was made for; a function's
 * `_scratch` says how many bytes of scratch memory it wants lent.
 */
export interface NativeKernels {
  conv2d_input_scratch(kh: number, kw: number, ci: number, co: number): number;
  conv2d_input(dy: number, filter: number, dx: number, ...rest: [...Geometry, scratch: number]): void;
  conv2d_filter_scratch(kh: number, kw: number, ci: number, co: number): number;
  conv2d_filter(x: number, dy: number, dfilter: number, ...rest: [...Geometry, scratch: number]): void;
  /** In the two depthwise functions the last number of the geometry is the channel multiplier m. */
  depthwise_input_scratch(w: number, ci: number, m: number): number;
  depthwise_input(dy: number, filter: number, dx: number, ...rest: [...Geometry, scratch: number]): void;
  depthwise_filter_scratch(kh: number, kw: number, w: number, ci: number, m: number): number;
  depthwise_filter(x: number, dy: number, dfilter: number, ...rest: [...Geometry, scratch: number]): void;
  sum_scratch(inner: number): number;
  sum(x: number, y: number, outer: number, count: number, inner: number, scale: number, scratch: number): void;
  batch_norm_scratch(channels: number): number;
  batch_norm(
    x: number,
    mean: number,
    variance: number,
    offset: number,
    scale: number,
    epsilon: number,
    y: number,
    rows: number,
    channels: number,
    scratch: number,
  ): void;
  binary(operation: number, a: number, sizeA: number, b: number, sizeB: number, y: number, size: number): void;
  compare(relation: number, a: number, b: number, sizeB: number, y: number, size: number): void;
  both(a: number, b: number, y: number, size: number): void;
  widen(x: number, y: number, size: number): void;
  tile(x: number, y: number, outer: number, words: number, repeats: number): void;
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
export function instantiate(memory: WebAssembly.Memory): NativeKernels {
  const [plain, shared] = hasSimd() ? [SIMD, SIMD_SHARED] : [SCALAR, SCALAR_SHARED];
  const module = new WebAssembly.Module(decode(isShared(memory) ? shared : plain));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as NativeKernels;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
