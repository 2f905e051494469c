/**
 * The compiled kernels of native/, and what they take.
 */
import { BINARIES } from './wasmBinaries.js';
import type { WasmHost } from '@curvature-tuning/wasm-host';
import { wasmHost } from '@curvature-tuning/wasm-host';

/** Sizes, strides, dilations, the padding above and on the left, dy's size, and dy's channels, or the multiplier m. */
export type Geometry = [
  n: number,
  h: number,
  w: number,
  ci: number,
  kh: number,
  kw: number,
  strideDown: number,
  strideAcross: number,
  dilationDown: number,
  dilationAcross: number,
  padTop: number,
  padLeft: number,
  outHeight: number,
  outWidth: number,
  channels: number,
];

/** What the functions of native/pool.c take after their tensors. */
export type PoolGeometry = [
  n: number,
  h: number,
  w: number,
  channels: number,
  kh: number,
  kw: number,
  sh: number,
  sw: number,
  pt: number,
  pl: number,
  oh: number,
  ow: number,
];

/** Of 3x3 convolutions in tiles, whose strides and dilations are 1. */
type TiledGeometry = [
  n: number,
  h: number,
  w: number,
  ci: number,
  padTop: number,
  padLeft: number,
  oh: number,
  ow: number,
  co: number,
];

/**
 * The functions of native/. Pointers are byte offsets in the memory that the instance was made for; a function's
 * `_scratch` says how many bytes of scratch memory it wants lent.
 */
export interface NativeKernels {
  conv2d_input_scratch(kh: number, kw: number, ci: number, co: number): number;
  conv2d_input(dy: number, filter: number, dx: number, ...rest: [...Geometry, scratch: number]): void;
  /** These, up to `winograd_filter`, are in the binary with SIMD alone. */
  winograd_scratch?(w: number, ow: number, ci: number, co: number): number;
  /** Whether all of y is finite. `bias` may be 0; y is clipped to the range from `least` to `most`. */
  winograd?(
    x: number,
    filter: number,
    bias: number,
    y: number,
    ...rest: [...TiledGeometry, least: number, most: number, turned: number, scratch: number]
  ): 0 | 1;
  winograd_filter_scratch?(w: number, ow: number, ci: number, co: number): number;
  /** Whether all of dfilter is finite. */
  winograd_filter?(x: number, dy: number, dfilter: number, ...rest: [...TiledGeometry, scratch: number]): 0 | 1;
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
  logical_and(a: number, b: number, y: number, size: number): void;
  bools_to_floats(x: number, y: number, size: number): void;
  /** Of words of 4 bytes. */
  copy_runs(
    x: number,
    outerStepOfX: number,
    rowStepOfX: number,
    y: number,
    outerStepOfY: number,
    rowStepOfY: number,
    outer: number,
    rows: number,
    words: number,
  ): void;
  clear(y: number, words: number): void;
  tile(x: number, y: number, outer: number, words: number, repeats: number): void;
}

/** Where the kernels run. */
export const host: WasmHost<NativeKernels> = wasmHost<NativeKernels>(BINARIES);
