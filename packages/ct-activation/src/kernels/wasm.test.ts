import { instantiate } from '@curvature-tuning/wasm-host';
import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-wasm';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { conformanceSuite } from '../../test/conformanceSuite.js';
import type { ConformanceCase, ConformanceGrid, Values } from '../conformance.js';
import { conformanceCases, measureSums, withoutElements } from '../conformance.js';
import { ctu, ctuKernels } from '../index.js';
import { PLAIN } from '../unitForm.js';
import { wasmKernels } from './wasm.js';
import { evenTable } from './wasm/evenTable.js';
import type { NativeCtu } from './wasm/nativeCtu.js';
import { BINARIES } from './wasm/wasmBinaries.js';

const grid = JSON.parse(
  readFileSync(new URL('../../test/golden/ctu_grid.json', import.meta.url), 'utf8'),
) as ConformanceGrid;

interface Emscripten {
  HEAPU8: Uint8Array;
  asm: object;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
}
const emscripten = (): Emscripten => (tf.backend() as BackendWasm).wasm as unknown as Emscripten;

/** Where the allocator would put a megabyte next: moves if anything stays behind. */
function nextAddress(): number {
  const pointer = emscripten()._malloc(1 << 20);
  emscripten()._free(pointer);
  return pointer;
}

/** A new wasm backend in place of the old one. */
async function freshBackend(): Promise<void> {
  const factory = tf.findBackendFactory('wasm');
  if (tf.getBackend() === 'wasm') {
    await tf.setBackend('cpu');
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory, 2);
  }
  expect(await tf.setBackend('wasm')).toBe(true);
}

/** Makes the backend look like a build of tfjs that shows no memory. */
function hideMemory(): void {
  const { asm } = emscripten();
  emscripten().asm = { ...asm, memory: undefined };
}

/** Makes our binaries, and not those of tfjs, believe that the host has no SIMD. */
function hideSimd(): void {
  vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
}

const gradsOf = (inputs: tf.Tensor[], dy?: tf.Tensor): tf.Tensor[] =>
  tf.grads((...[x, b, c]: tf.Tensor[]) => ctu(x!, b!, c))(inputs, dy);

const FORMS = [PLAIN, { maxValue: 6, alpha: 0 }, { maxValue: 0.3, alpha: 0 }, { maxValue: 2.5, alpha: -0.3 }];
/** What the first elements of a tensor are, beside which those of a table are nothing. */
const EXTREMES = [0, -0, 1e-40, -1e-6, 87, 1e30, -1e30, 3.4e38, -3.4e38, Infinity, -Infinity, NaN];

/** Milliseconds for tests that take a second or two by themselves. */
const SLOW = 60_000;

beforeAll(() => tf.setBackend('cpu'));

describe.each([
  { title: 'SIMD, in place', simd: true, access: 'in place' },
  { title: 'scalar, in place', simd: false, access: 'in place' },
  { title: 'SIMD, copied', simd: true, access: 'copied' },
  { title: 'scalar, copied', simd: false, access: 'copied' },
])('ctu on wasm, fused: $title', ({ simd, access }) => {
  beforeAll(async () => {
    await freshBackend();
    if (!simd) hideSimd();
    if (access === 'copied') hideMemory();
    expect(wasmKernels()).toEqual({ simd, access, memory: 'plain' });
    expect(ctuKernels()['wasm']).toBe('fused');
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
    tf.engine().startScope();
  });
  afterAll(() => {
    tf.engine().endScope();
    vi.restoreAllMocks();
  });

  conformanceSuite({
    grid,
    extra: [nanInCoeff(), ...tabled()],
    more: () => [emscripten().HEAPU8.length, nextAddress()],
  });

  it(
    'sums dbeta and dcoeff over 10,000,000 elements to a relative 1e-6',
    () => {
      for (const { quantity, error } of measureSums()) expect(error, quantity).toBeLessThan(1e-6);
    },
    SLOW,
  );

  it(
    'gives the same after the memory has grown',
    () => {
      const x = tf.randomNormal([3, 5, 7], 0, 2);
      const inputs = [x, tf.fill([7], 0.8), tf.scalar(0.3)] as const;
      const all = (): number[][] => [ctu(...inputs), ...gradsOf([...inputs])].map((t) => Array.from(t.dataSync()));
      const before = all();
      const size = emscripten().HEAPU8.length;
      while (emscripten().HEAPU8.length === size) tf.zeros([1 << 20]);
      expect(all()).toEqual(before);
    },
    SLOW,
  );

  it('has no subnormal numbers where the unit runs out, which would slow it down fifty times', () => {
    const least = 2 ** -126;
    for (const beta of [0.3, 0.9, 0.999]) {
      const last = 140 * Math.LN2 * ((1 - beta) / beta + 1e-6);
      const x = tf.linspace(-last, last, 2001);
      for (const t of [ctu(x, beta), ...gradsOf([x, tf.fill([2001], beta), tf.fill([2001], 0.5)])])
        for (const value of t.dataSync()) expect(value === 0 || Math.abs(value) >= least, `${value}`).toBe(true);
    }
  });

  it('takes tensors without elements straight from the kernel contract', () => {
    for (const { got, expected } of withoutElements()) expect(got).toEqual(expected);
  });
});

describe('the wasm kernels', () => {
  afterEach(() => vi.restoreAllMocks());

  it('survive the removal of their backend', async () => {
    await freshBackend();
    const before = ctu([1, -2, 3], 0.5).dataSync();
    await freshBackend();
    tf.zeros([1 << 20]);
    expect(ctu([1, -2, 3], 0.5).dataSync()).toEqual(before);
  });

  it.each(['in place', 'copied'])(
    'bear memory that grows in the middle of a call (%s)',
    async (access) => {
      await freshBackend();
      if (access === 'copied') hideMemory();
      expect(wasmKernels().access).toBe(access);
      const x = tf.fill([3 << 20], 0.7);
      const size = emscripten().HEAPU8.length;
      const y = ctu(x, 0.5).dataSync();
      expect(emscripten().HEAPU8.length).toBeGreaterThan(size);
      expect(new Set(y)).toEqual(new Set(ctu([0.7], 0.5).dataSync()));
    },
    SLOW,
  );

  it('say by name when there is no backend to run on', async () => {
    await freshBackend();
    const factory = tf.findBackendFactory('wasm');
    await tf.setBackend('cpu');
    tf.removeBackend('wasm');
    expect(() => wasmKernels()).toThrow(
      "wasmKernels: there is no wasm backend yet; import '@tensorflow/tfjs-backend-wasm'",
    );
    tf.registerBackend('wasm', factory, 2);
  });

  it('refuse tensors that have no place in the memory, before anything is written, and free the results', async () => {
    await freshBackend();
    const backend = tf.backend() as unknown as {
      dataIdMap: { get(id: object): { memoryOffset: number } };
      numDataIds(): number;
      wasm: { _malloc(bytes: number): number };
    };
    const x = tf.tensor1d([1, 2, 3]);
    const entry = backend.dataIdMap.get(x.dataId);
    const { memoryOffset } = entry;
    const message = new RegExp(
      '^ctu: the memory of the wasm backend is exhausted: wanted [\\d,]+ bytes more; tensors take ' +
        '[\\d,]+, the memory has [\\d,]+ of at most 4,294,967,296; use smaller batches, or dispose ' +
        'of tensors$',
    );
    const before = backend.numDataIds();
    for (const wrong of [0, 2 ** 32 - 4]) {
      entry.memoryOffset = wrong;
      expect(() => ctu(x, 0.5)).toThrow(message);
      expect(backend.numDataIds()).toBe(before);
    }
    entry.memoryOffset = memoryOffset;
    const malloc = vi.spyOn(backend.wasm, '_malloc').mockReturnValue(0);
    expect(() => ctu(x, 0.5)).toThrow(message);
    malloc.mockRestore();
    expect(backend.numDataIds()).toBe(before);
    expect(ctu(x, 1).dataSync()[2]).toBe(3);
  });

  it.each([true, false])('compute the same bits in shared memory (SIMD: %s)', (simd) => {
    if (!simd) hideSimd();
    const n = 1003;
    const [x, y, dx, beta, coeff, dbeta, dcoeff, table, tabled, scratch] = Array.from(
      { length: 10 },
      (_, i) => i * 8192,
    ) as [number, number, number, number, number, number, number, number, number, number];
    const run = (memory: WebAssembly.Memory): Uint8Array => {
      const native = instantiate<NativeCtu>(BINARIES, memory);
      const floats = (at: number, length: number): Float32Array => new Float32Array(memory.buffer, at, length);
      floats(x, n).forEach((_, i, xs) => (xs[i] = 3 * Math.sin(i)));
      floats(beta, 17).fill(0.6);
      floats(coeff, 1).fill(0.4);
      native.ctu(x, y, n, beta, 17, coeff, 1, 6, 0.1, scratch);
      native.ctu_grad(x, y, dx, n, beta, 17, coeff, 1, 6, 0.1, dbeta, dcoeff, scratch);
      const { coefficients, last, k } = evenTable(1 << 20, 0.6, 0.4)!;
      floats(table, coefficients.length).set(coefficients);
      native.ctu_tabled(x, tabled, n, table, last, k, 6, 0.1);
      return new Uint8Array(memory.buffer).slice(0, scratch);
    };
    const plain = run(new WebAssembly.Memory({ initial: 4 }));
    expect(run(new WebAssembly.Memory({ initial: 4, maximum: 1 << 16, shared: true }))).toEqual(plain);
    expect(plain.slice(y).some((byte) => byte !== 0)).toBe(true);
  });

  it('write nothing outside their outputs and scratch memory', () => {
    const memory = new WebAssembly.Memory({ initial: 4 });
    const native = instantiate<NativeCtu>(BINARIES, memory);
    const bytes = new Uint8Array(memory.buffer).fill(0xa5);
    const [n, betas] = [37, 37];
    const at = { x: 4096, dy: 8192, dx: 12288, beta: 16384, coeff: 20480, dbeta: 24576, dcoeff: 28672, scratch: 32768 };
    native.ctu_grad(...[at.x, at.dy, at.dx, n, at.beta, betas, at.coeff, 1, 6, 0.1, at.dbeta, at.dcoeff, at.scratch]);
    const written: [number, number][] = [
      [at.dx, 4 * n],
      [at.dbeta, 4 * betas],
      [at.dcoeff, 4],
      [at.scratch, native.scratch_bytes(betas, 1)],
    ];
    const stray = bytes.findIndex(
      (byte, i) => byte !== 0xa5 && !written.some(([from, length]) => i >= from && i < from + length),
    );
    expect(stray).toBe(-1);
  });

  it.each([true, false])('write what a table gives and nothing beside it (SIMD: %s)', (simd) => {
    if (!simd) hideSimd();
    const memory = new WebAssembly.Memory({ initial: 4 });
    const native = instantiate<NativeCtu>(BINARIES, memory);
    const { coefficients, last, k } = evenTable(1 << 20, 0.9, 0.5)!;
    const [x, y, at, n] = [4096, 8192, 16384, 37];
    const bytes = new Uint8Array(memory.buffer).fill(0xa5);
    new Float32Array(memory.buffer, at, coefficients.length).set(coefficients);
    const before = bytes.slice();
    native.ctu_tabled(x, y, n, at, last, k, 6, 0.1);
    const changed = [...bytes.keys()].filter((i) => bytes[i] !== before[i]);
    expect(changed[0]).toBeGreaterThanOrEqual(y);
    expect(changed.at(-1)).toBeLessThan(y + 4 * n);
  });
});

/** d/dc does not depend on c; these kernels give NaN where c is NaN all the same, as math.ts does. */
function nanInCoeff(): ConformanceCase {
  const testCase = conformanceCases().find(({ name }) => name === 'rank 2, one parameter per channel')!;
  testCase.coeff.values[3] = NaN;
  return { ...testCase, name: 'NaN in coeff stays in its channel' };
}

/** As many elements of one beta and c as a table is made for, not whole groups of eight. */
function tabled(): ConformanceCase[] {
  const of = (n: number, f: (i: number) => number): Values => ({
    shape: [n],
    values: Float32Array.from({ length: n }, (_, i) => f(i)),
  });
  return FORMS.flatMap((form) =>
    [0.34, 0.9, 1].map((beta, k) => ({
      name: `by a table: beta ${beta}, ${JSON.stringify(form)}`,
      form,
      x: of(60_001, (i) => EXTREMES[i] ?? 20 * Math.sin(i)),
      beta: of(1, () => beta),
      coeff: of(1, () => k / 2),
      dy: of(60_001, (i) => Math.cos(i) / 2),
    })),
  );
}
