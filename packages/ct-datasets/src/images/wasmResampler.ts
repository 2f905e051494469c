/**
 * Resampling by the kernels of native/resample.c, which all images share: what is theirs is copied in and out.
 */
import { flat, mostOpen, PRECISION_BITS } from './rowTaps.js';
import type { RowResampler, Weights } from './rowTaps.js';
import { BINARIES } from './wasmBinaries.js';

/** The functions of native/resample.c; numbers are addresses and counts. */
interface Kernels {
  narrow(
    row: number,
    out: number,
    count: number,
    channels: number,
    first: number,
    begin: number,
    weights: number,
  ): void;
  accumulate(sums: number, row: number, weight: number, length: number): void;
  finish(sums: number, out: number, length: number): void;
}

const HALF = 1 << (PRECISION_BITS - 1);
// Rows are copied in pieces of about this many bytes.
const PIECE = 2 ** 20;
const PAGE = 2 ** 16;

let shared: { readonly memory: WebAssembly.Memory; readonly kernels: Kernels } | null | undefined;

/** Null where there is no WebAssembly with SIMD, or where the page's policy forbids it. */
function host(): NonNullable<typeof shared> | null {
  if (shared !== undefined) return shared;
  try {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const module = new WebAssembly.Module(Uint8Array.from(atob(BINARIES.simd), (mark) => mark.charCodeAt(0)));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    shared = { memory, kernels: exports as WebAssembly.Exports & Kernels };
  } catch {
    shared = null;
  }
  return shared;
}

/** As `rowResampler`; undefined where it cannot run. */
export function wasmResampler(
  width: number,
  channels: number,
  columns: readonly Weights[],
  rows: readonly Weights[],
): RowResampler | undefined {
  const there = host();
  if (there === null) return undefined;
  const { memory, kernels } = there;
  const rowBytes = width * channels;
  const wanted = columns.length * channels;
  // The kernels take sixteen values at a time.
  const stride = Math.ceil(wanted / 16) * 16;
  const { first, begin, weights } = flat(columns);
  const open = mostOpen(rows);
  const sums = new Int32Array(open * stride);
  const result = new Uint8Array(rows.length * wanted);
  const most = Math.max(1, Math.floor(PIECE / rowBytes));
  const room = allotted([
    open * stride * 4,
    first.byteLength,
    begin.byteLength,
    weights.byteLength,
    stride,
    stride,
    most * rowBytes + 16,
  ]);
  const [sumsAt, firstAt, beginAt, weightsAt, narrowAt, outAt, inAt] = room.starts as Places;
  let y = 0;
  let done = 0;

  const takeRow = (at: number): void => {
    // Rows above and below the box are of no use.
    if ((rows[done]?.first ?? Infinity) <= y) {
      kernels.narrow(at, narrowAt, columns.length, channels, firstAt, beginAt, weightsAt);
      for (let o = done, output = rows[o]; output && output.first <= y; output = rows[++o]) {
        const sum = sumsAt + 4 * (o % open) * stride;
        if (y === output.first) new Int32Array(memory.buffer, sum, stride).fill(HALF);
        kernels.accumulate(sum, narrowAt, output.weights[y - output.first]!, stride);
      }
    }
    y++;
    for (let output = rows[done]; output && output.first + output.weights.length <= y; output = rows[++done]) {
      kernels.finish(sumsAt + 4 * (done % open) * stride, outAt, wanted);
      result.set(new Uint8Array(memory.buffer, outAt, wanted), done * wanted);
    }
  };
  return {
    result,
    push: (pixels) => {
      const lacking = room.end - memory.buffer.byteLength;
      if (lacking > 0) memory.grow(Math.ceil(lacking / PAGE));
      // Another image may have been here since the last piece.
      new Int32Array(memory.buffer, sumsAt, sums.length).set(sums);
      new Int32Array(memory.buffer, firstAt, first.length).set(first);
      new Int32Array(memory.buffer, beginAt, begin.length).set(begin);
      new Int32Array(memory.buffer, weightsAt, weights.length).set(weights);
      for (let start = 0; start < pixels.length && done < rows.length; start += most * rowBytes) {
        const piece = pixels.subarray(start, start + most * rowBytes);
        new Uint8Array(memory.buffer, inAt, piece.length).set(piece);
        for (let at = 0; at < piece.length; at += rowBytes) takeRow(inAt + at);
      }
      sums.set(new Int32Array(memory.buffer, sumsAt, sums.length));
    },
  };
}

type Places = [number, number, number, number, number, number, number];

/** Where arrays of so many bytes begin, one behind the other, and where the last ends. */
function allotted(lengths: readonly number[]): { starts: readonly number[]; end: number } {
  const starts: number[] = [];
  let end = 0;
  for (const length of lengths) {
    starts.push(end);
    end = Math.ceil((end + length) / 16) * 16;
  }
  return { starts, end };
}
