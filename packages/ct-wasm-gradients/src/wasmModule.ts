/**
 * The compiled kernels of native/: which of the binaries a host takes, in which form for a memory, and an
 * instance of it.
 */
import type { Geometry } from './geometry.js';
import type { PoolGeometry } from './poolGradients.js';
import { SCALAR, SIMD } from './wasmBinaries.js';

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
  max_pool_grad(x: number, dy: number, dx: number, ...rest: PoolGeometry): void;
  avg_pool_grad(dy: number, dx: number, ...rest: PoolGeometry): void;
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
  const bytes = decode(hasSimd() ? SIMD : SCALAR);
  const module = new WebAssembly.Module(isShared(memory) ? forSharedMemory(bytes) : bytes);
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as NativeKernels;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/**
 * The same binary for shared memory. Of it only the import of the memory would differ, and the package be twice as
 * large: its limits `00 00` (no maximum, at least 0 pages) become `03 00 80 80 04` (shared, at least 0, at most 65,536
 * pages).
 */
function forSharedMemory(plain: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const name = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2]; // 'env', 'memory', a memory
  const start = plain.findIndex((_, i) => name.every((byte, k) => plain[i + k] === byte));
  const limits = start + name.length;
  const shared = new Uint8Array(plain.length + 3);
  shared.set(plain.subarray(0, limits));
  shared.set([3, 0, 0x80, 0x80, 4], limits);
  shared.set(plain.subarray(limits + 2), limits + 5);
  // The section's size in bytes, before the number of imports.
  shared[start - 2]! += 3;
  return shared;
}
