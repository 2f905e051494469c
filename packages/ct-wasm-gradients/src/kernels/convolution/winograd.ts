/**
 * When and how native/winograd.c and winogradFilter.c compute a convolution and its gradients: filters of 3x3 with
 * strides of 1, in tiles of 4x4 outputs, by a quarter of the products that the sums take.
 *
 * Its results are within 2e-6 of the largest sum of magnitudes; measured are 3.4e-7 for normal inputs, where sums have
 * 1.8e-7, and 1.5e-6 for sines that resonate. An infinity would become NaN in all of its tile: where a result is not
 * finite, the caller computes all by sums.
 */
import type { Lend } from '@curvature-tuning/wasm-host';
import type { Geometry, NativeKernels } from '../../wasm/nativeKernels.js';

/** A convolution in tiles. */
export interface Tiled {
  /** Addresses; 0 for a bias that there is not. */
  x: number;
  filter: number;
  bias: number;
  y: number;
  /** Of x and y; that of a gradient is {@link turned}. */
  geometry: Geometry;
  /** Whether the filter is turned round, its two axes of channels exchanged. */
  isTurned: boolean;
  /** What y is clipped to. */
  range: readonly [least: number, most: number];
}

/** No clipping. */
export const EVERYTHING: readonly [number, number] = [-Infinity, Infinity];

/** The gradient in the input as a convolution of dy by the filter turned round, where strides and dilations are 1. */
export function turned([n, h, w, ci, kh, kw, sh, sw, dh, dw, top, left, oh, ow, co]: Geometry): Geometry {
  return [n, oh, ow, co, kh, kw, sh, sw, dh, dw, kh - 1 - top, kw - 1 - left, h, w, ci];
}

/** Tiles that are multiplied by the filter at a time; some of the last may be empty. */
const ROWS = 8;

/** As many tiles as take the time that it takes to evaluate the filter. */
const FILTER = 8;

/**
 * Whether tiles take less time than sums: where they are fewer products, the filter's evaluation among them. A tile has
 * 36 for each pair of channels, also where it is empty or reaches beyond the image; sums have 9 an output.
 *
 * Measured from 4 to 512 channels, 2x2 to 56x56, batches of 1 to 32, in units of tfjs's time: 0.7 at most of what this
 * holds of, 0.26 with many tiles of 64 channels or more; 0.6 to 1.2 of what it does not.
 */
export function isTiled([n, , , ci, kh, kw, sh, sw, dh, dw, top, left, oh, ow, co]: Geometry): boolean {
  const isPlain = kh === 3 && kw === 3 && [sh, sw, dh, dw].every((step) => step === 1);
  const isPadded = [top, left].every((pad) => pad >= 0 && pad <= 2);
  if (!isPlain || !isPadded || ci % 4 !== 0 || co % 4 !== 0) return false;
  const tiles = n * Math.ceil(oh / 4) * Math.ceil(ow / 4);
  return 36 * (Math.ceil(tiles / ROWS) * ROWS + FILTER) <= 9 * n * oh * ow;
}

/** Computes what {@link isTiled} holds of; whether it is done, which needs SIMD, and results that are all finite. */
export function computeTiled(native: NativeKernels, tiled: Tiled, lend: Lend): boolean {
  if (native.winograd === undefined || native.winograd_scratch === undefined) return false;
  const { x, filter, bias, y, geometry, isTurned, range } = tiled;
  const [n, h, w, ci, , , , , , , top, left, oh, ow, co] = geometry;
  const scratch = lend(native.winograd_scratch(w, ow, ci, co));
  const form = [...range, isTurned ? 1 : 0] as const;
  return native.winograd(x, filter, bias, y, n, h, w, ci, top, left, oh, ow, co, ...form, scratch) === 1;
}

/**
 * Computes the gradient in the filter, of x and dy, if {@link isTiled} holds of the convolution; whether it is done.
 */
export function computeTiledFilter(
  native: NativeKernels,
  [x, dy, dfilter]: readonly [number, number, number],
  geometry: Geometry,
  lend: Lend,
): boolean {
  const [n, h, w, ci, , , , , , , top, left, oh, ow, co] = geometry;
  // Eight output channels at a time.
  if (!isTiled(geometry) || co % 8 !== 0) return false;
  if (native.winograd_filter === undefined || native.winograd_filter_scratch === undefined) return false;
  const scratch = lend(native.winograd_filter_scratch(w, ow, ci, co));
  return native.winograd_filter(x, dy, dfilter, n, h, w, ci, top, left, oh, ow, co, scratch) === 1;
}
