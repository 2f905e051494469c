import { instantiate } from '@curvature-tuning/wasm-host';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { NativeKernels } from './nativeKernels.js';
import { BINARIES } from './wasmBinaries.js';

afterEach(() => vi.restoreAllMocks());

/** A function, numbers it writes, bytes of scratch memory, and a call. */
type Call = [string, number, number, () => void];

describe('the binaries', () => {
  const geometry = [2, 7, 6, 5, 3, 2, 2, 1, 1, 2, 1, 1, 4, 6, 9] as const;
  const at = { x: 1 << 16, filter: 2 << 16, dy: 3 << 16, out: 4 << 16, scratch: 5 << 16 };

  it.each([true, false])('compute the same bits in shared memory (SIMD: %s)', (simd) => {
    if (!simd) vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    const run = (memory: WebAssembly.Memory): Uint8Array => {
      const native = instantiate<NativeKernels>(BINARIES, memory);
      new Float32Array(memory.buffer, 0, at.out / 4).forEach((_, i, all) => (all[i] = Math.sin(i)));
      native.conv2d_input(at.dy, at.filter, at.out, ...geometry, at.scratch);
      native.conv2d_filter(at.x, at.dy, at.out + 8192, ...geometry, at.scratch);
      return new Uint8Array(memory.buffer).slice(at.out, at.scratch);
    };
    const plain = run(new WebAssembly.Memory({ initial: 16 }));
    expect(run(new WebAssembly.Memory({ initial: 16, maximum: 1 << 16, shared: true }))).toEqual(plain);
    expect(plain.some((byte) => byte !== 0)).toBe(true);
  });

  it.each([true, false])('write nothing outside their outputs and scratch memory (SIMD: %s)', (simd) => {
    if (!simd) vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    const memory = new WebAssembly.Memory({ initial: 32 });
    const native = instantiate<NativeKernels>(BINARIES, memory);
    const bytes = new Uint8Array(memory.buffer);
    const [n, h, w, ci, kh, kw] = geometry;
    const [oh, ow, co] = geometry.slice(12) as [number, number, number];
    const [input, filter, wide] = [n * h * w * ci, kh * kw * ci * co, n * oh * ow * ci * co];
    // A depthwise convolution with these numbers has 9 outputs per channel.
    const calls: Call[] = [
      [
        'conv2d_input',
        input,
        native.conv2d_input_scratch(kh, kw, ci, co),
        () => native.conv2d_input(at.dy, at.filter, at.out, ...geometry, at.scratch),
      ],
      [
        'conv2d_filter',
        filter,
        native.conv2d_filter_scratch(kh, kw, ci, co),
        () => native.conv2d_filter(at.x, at.dy, at.out, ...geometry, at.scratch),
      ],
      [
        'depthwise_input',
        input,
        native.depthwise_input_scratch(w, ci, co),
        () => native.depthwise_input(at.dy, at.filter, at.out, ...geometry, at.scratch),
      ],
      [
        'depthwise_filter',
        filter,
        native.depthwise_filter_scratch(kh, kw, w, ci, co),
        () => native.depthwise_filter(at.x, at.dy, at.out, ...geometry, at.scratch),
      ],
      ...(native.winograd && native.winograd_scratch
        ? ([
            [
              'winograd',
              2 * 6 * 6 * 12,
              native.winograd_scratch(5, 6, 8, 12),
              () => {
                const sizes = [2, 7, 5, 8, 0, 1, 6, 6, 12] as const;
                native.winograd!(at.x, at.filter, at.dy, at.out, ...sizes, -1, 1, 0, at.scratch);
              },
            ],
            [
              'winograd_filter',
              9 * 8 * 16,
              native.winograd_filter_scratch!(5, 6, 8, 16),
              () => native.winograd_filter!(at.x, at.dy, at.out, 2, 7, 5, 8, 0, 1, 6, 6, 16, at.scratch),
            ],
          ] satisfies Call[])
        : []),
      ['sum', 3 * 37, native.sum_scratch(37), () => native.sum(at.x, at.out, 3, 70, 37, 1, at.scratch)],
      [
        'batch_norm',
        5 * 7,
        native.batch_norm_scratch(7),
        () => native.batch_norm(at.x, at.x, at.x, at.x, at.x, 1, at.out, 5, 7, at.scratch),
      ],
      [
        'max_pool_grad',
        2 * 7 * 6 * 5,
        0,
        () => native.max_pool_grad(at.x, at.dy, at.out, 2, 7, 6, 5, 3, 2, 2, 1, 1, 1, 4, 7),
      ],
      [
        'avg_pool_grad',
        2 * 7 * 6 * 5,
        0,
        () => native.avg_pool_grad(at.dy, at.out, 2, 7, 6, 5, 3, 2, 2, 1, 1, 1, 4, 7),
      ],
      ['copy_runs', 3 * 2 * 7, 0, () => native.copy_runs(at.x, 40, 9, at.out, 14, 7, 3, 2, 7)],
      ['clear', 35, 0, () => native.clear(at.out, 35)],
      ['tile', 3 * 5 * 7, 0, () => native.tile(at.x, at.out, 3, 5, 7)],
      ['binary', 35, 0, () => native.binary(0, at.x, 35, at.dy, 7, at.out, 35)],
      ['compare', 9, 0, () => native.compare(0, at.x, at.dy, 7, at.out, 35)],
      ['logical_and', 9, 0, () => native.logical_and(at.x, at.dy, at.out, 35)],
      ['bools_to_floats', 35, 0, () => native.bools_to_floats(at.x, at.out, 35)],
    ];
    expect(wide).toBeLessThan((at.out - at.dy) / 4);
    for (const [name, elements, scratch, call] of calls) {
      bytes.fill(0xa5);
      new Float32Array(memory.buffer, 0, at.out / 4).fill(0.5);
      call();
      const stray = bytes.findIndex(
        (byte, i) =>
          i >= at.out &&
          byte !== 0xa5 &&
          !(i < at.out + 4 * elements) &&
          !(i >= at.scratch && i < at.scratch + scratch),
      );
      expect(stray, name).toBe(-1);
      expect(
        new Float32Array(memory.buffer, 0, at.out / 4).every((v) => v === 0.5),
        `${name} keeps its inputs`,
      ).toBe(true);
    }
  });
});
