/**
 * Resampling by the kernels of native/resample.c, which all images share: what is theirs is copied in and out.
 */
import { flat } from './rowTaps.js';
import type { RowResampler, Taps, Weights } from './rowTaps.js';
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
  blend(ring: number, span: number, stride: number, from: number, count: number, weights: number, out: number): void;
}

// Rows are copied in, and out, in pieces of about this many bytes.
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
  const [across, down] = [tapsOf(columns, channels === 3), tapsOf(rows)];
  const rowBytes = width * channels;
  const wanted = columns.length * channels;
  // The kernels take sixteen values at a time, and may write one behind a row.
  const stride = Math.ceil((wanted + 1) / 16) * 16;
  // Rows that were narrowed and are still to be blended lie in a ring: as many as one output row is made of.
  const span = down.most;
  let ring: Uint8Array | undefined;
  const result = new Uint8Array(rows.length * wanted);
  const mostIn = Math.max(1, Math.floor(PIECE / rowBytes));
  const mostOut = Math.max(1, Math.floor(PIECE / wanted));
  const room = allotted([
    span * stride + 16,
    ...[across.first, across.begin, across.weights, down.weights].map(({ byteLength }) => byteLength),
    mostOut * wanted + 16,
    mostIn * rowBytes + 16,
  ]);
  const [ringAt, firstAt, beginAt, acrossAt, downAt, outAt, inAt] = room.starts as Places;
  let y = 0;
  let done = 0;
  let held = 0;

  const copyOut = (): void => {
    result.set(new Uint8Array(memory.buffer, outAt, held * wanted), (done - held) * wanted);
    held = 0;
  };
  const takeRow = (at: number): void => {
    // Rows above and below the box are of no use.
    if (down.first[done]! <= y)
      kernels.narrow(at, ringAt + (y % span) * stride, columns.length, channels, firstAt, beginAt, acrossAt);
    y++;
    while (done < rows.length) {
      const [first, begin] = [down.first[done]!, down.begin[done]!];
      const count = down.begin[done + 1]! - begin;
      if (first + count > y) return;
      kernels.blend(ringAt, span, stride, first % span, count, downAt + 4 * begin, outAt + held * wanted);
      done++;
      if (++held === mostOut) copyOut();
    }
  };
  return {
    result,
    push: (pixels) => {
      const lacking = room.end - memory.buffer.byteLength;
      if (lacking > 0) memory.grow(Math.ceil(lacking / PAGE));
      // Another image may have been here since the last piece.
      if (ring) new Uint8Array(memory.buffer, ringAt, ring.length).set(ring);
      const ints = new Int32Array(memory.buffer);
      ints.set(across.first, firstAt / 4);
      ints.set(across.begin, beginAt / 4);
      ints.set(across.weights, acrossAt / 4);
      ints.set(down.weights, downAt / 4);
      for (let start = 0; start < pixels.length && done < rows.length; start += mostIn * rowBytes) {
        const piece = pixels.subarray(start, start + mostIn * rowBytes);
        new Uint8Array(memory.buffer, inAt, piece.length).set(piece);
        for (let at = 0; at < piece.length && done < rows.length; at += rowBytes) takeRow(inAt + at);
      }
      copyOut();
      ring = done < rows.length ? new Uint8Array(memory.buffer, ringAt, span * stride).slice() : undefined;
    },
  };
}

type Places = [number, number, number, number, number, number, number];

/** The weights of an axis as the kernels take them, and the most that one output pixel has. */
interface AxisTaps extends Taps {
  readonly most: number;
}

// As weights are remembered for their axis, so are their flat forms, plain and in fours.
const PLAIN = new WeakMap<readonly Weights[], AxisTaps>();
const IN_FOURS = new WeakMap<readonly Weights[], AxisTaps>();

function tapsOf(pixels: readonly Weights[], inFours = false): AxisTaps {
  const known = inFours ? IN_FOURS : PLAIN;
  const before = known.get(pixels);
  if (before !== undefined) return before;
  const most = pixels.reduce((most, { weights }) => Math.max(most, weights.length), 1);
  const taps = { ...flat(inFours ? pixels.map(fours) : pixels), most };
  known.set(pixels, taps);
  return taps;
}

/** Four weights as four pairs of int16, as `narrow` of three channels has them. */
function fours({ first, weights }: Weights): Weights {
  const grouped = new Int32Array(Math.ceil(weights.length / 4) * 4);
  for (let k = 0; k < weights.length; k += 2) {
    const [even, odd] = [weights[k]!, weights[k + 1] ?? 0];
    grouped[k] = ((odd >> 11) << 16) | ((even >> 11) & 0xffff);
    grouped[k + 1] = ((odd & 2047) << 16) | (even & 2047);
  }
  return { first, weights: grouped };
}

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
