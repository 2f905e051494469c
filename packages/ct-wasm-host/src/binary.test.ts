import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Twice } from '../test/twice.js';
import { BINARIES } from '../test/golden/wasmBinaries.js';
import { hasSimd, instantiate, isShared } from './binary.js';

afterEach(() => vi.restoreAllMocks());

const plain = (): WebAssembly.Memory => new WebAssembly.Memory({ initial: 1 });
const shared = (): WebAssembly.Memory => new WebAssembly.Memory({ initial: 1, maximum: 1 << 16, shared: true });

describe('instantiate', () => {
  it.each([
    { simd: true, lanes: 4 },
    { simd: false, lanes: 1 },
  ])('takes the binary that the host can run (SIMD: $simd)', ({ simd, lanes }) => {
    if (!simd) vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    expect(hasSimd(BINARIES)).toBe(simd);
    for (const memory of [plain(), shared()]) expect(instantiate<Twice>(BINARIES, memory).lanes()).toBe(lanes);
  });

  it('works in the memory given, plain and shared, with the same bits', () => {
    const bytes = [plain(), shared()].map((memory) => {
      new Float32Array(memory.buffer, 64, 3).set([1, -2.5, 1e-40]);
      instantiate<Twice>(BINARIES, memory).twice(64, 128, 3);
      return new Uint8Array(memory.buffer).slice(0, 256);
    });
    expect(Array.from(new Float32Array(bytes[0]!.buffer, 128, 3))).toEqual([
      2,
      -5,
      Math.fround(2 * Math.fround(1e-40)),
    ]);
    expect(bytes[1]).toEqual(bytes[0]);
  });
});

it('isShared tells the memories apart, also where there is no SharedArrayBuffer', () => {
  expect([plain(), shared()].map(isShared)).toEqual([false, true]);
  vi.stubGlobal('SharedArrayBuffer', undefined);
  expect(isShared(plain())).toBe(false);
  vi.unstubAllGlobals();
});
