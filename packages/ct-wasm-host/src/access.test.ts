import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Twice } from '../test/twice.js';
import { emscripten, freshBackend, twiceHost } from '../test/twice.js';
import type { Access } from './access.js';

const exhausted = new RegExp(
  '^Twice: the memory of the wasm backend is exhausted: wanted [\\d,]+ bytes more; tensors take [\\d,]+, the memory ' +
    'has [\\d,]+ of at most 4,294,967,296; use smaller batches, or dispose of tensors$',
);

describe.each(['in place', 'copied'] as const)('a kernel that works %s', (how) => {
  let backend: BackendWasm;
  let access: Access<Twice>;
  beforeAll(async () => {
    backend = await freshBackend(how);
    access = twiceHost().accessTo(backend);
  });
  beforeEach(() => tf.engine().startScope());
  afterEach(() => {
    tf.engine().endScope();
    vi.restoreAllMocks();
  });

  /** Twice x, by the kernel of the tests. */
  function twice(x: tf.TensorInfo, ...scratchBytes: number[]): Float32Array {
    const y = backend.makeOutput(x.shape, 'float32');
    const size = tf.util.sizeFromShape(x.shape);
    access.run('Twice', [x], [y], ([from, to], lend) => {
      for (const bytes of scratchBytes) expect(lend(bytes) % 8).toBe(0);
      access.native.twice(from!, to!, size);
    });
    const values = backend.typedArrayFromHeap(y).slice() as Float32Array;
    backend.disposeData(y.dataId);
    return values;
  }

  it('says how it works', () => {
    expect(access.description).toEqual({ access: how, memory: 'plain' });
  });

  it('reads its inputs and writes its outputs, with scratch memory and without, and empty ones', () => {
    const x = tf.tensor([1, 2, -3, NaN, Infinity]);
    for (const scratchBytes of [[], [0], [8], [8, 1 << 20]])
      expect(Array.from(twice(x, ...scratchBytes))).toEqual([2, 4, -6, NaN, Infinity]);
    expect(twice(tf.zeros([0, 3]), 16)).toHaveLength(0);
  });

  it('lends memory with numbers in it', () => {
    const y = backend.makeOutput([3], 'float32');
    access.run('Twice', [], [y], ([to], lend) => {
      access.native.twice(lend(new Float32Array([1, 2, 3])), to!, 3);
    });
    expect(Array.from(backend.typedArrayFromHeap(y))).toEqual([2, 4, 6]);
    backend.disposeData(y.dataId);
  });

  it('gives the same after the memory has grown, and where it grows in the middle of a call', () => {
    const x = tf.fill([3 << 20], 0.7);
    const before = emscripten(backend).HEAPU8.length;
    expect(new Set(twice(x))).toEqual(new Set([2 * Math.fround(0.7)]));
    while (emscripten(backend).HEAPU8.length === before) tf.zeros([1 << 20]);
    expect(new Set(twice(x))).toEqual(new Set([2 * Math.fround(0.7)]));
  });

  it('leaves nothing behind in 1,000 calls', () => {
    const x = tf.randomNormal([70]);
    /** Where the allocator would put a megabyte next: moves if anything stays behind. */
    const nextAddress = (): number => {
      const pointer = emscripten(backend)._malloc(1 << 20);
      emscripten(backend)._free(pointer);
      return pointer;
    };
    twice(x, 64, 8);
    const state = (): unknown => [backend.numDataIds(), emscripten(backend).HEAPU8.length, nextAddress()];
    const before = state();
    for (let i = 0; i < 1000; i++) twice(x, 64, 8);
    expect(state()).toEqual(before);
  });

  it('says when the memory is exhausted, before it has written, and frees the outputs', () => {
    const x = tf.ones([8]);
    const before = backend.numDataIds();
    if (how === 'in place') vi.spyOn(emscripten(backend), '_malloc').mockReturnValue(0);
    else
      vi.spyOn(WebAssembly.Memory.prototype, 'grow').mockImplementation(() => {
        throw new RangeError('full');
      });
    const y = backend.makeOutput(x.shape, 'float32');
    expect(() =>
      access.run('Twice', [x], [y], (_, lend) => {
        lend(256 << 20);
        expect.unreachable();
      }),
    ).toThrow(exhausted);
    expect(backend.numDataIds()).toBe(before);
  });
});

it('a kernel in place refuses tensors that have no place in the memory', async () => {
  const backend = await freshBackend();
  const { run } = twiceHost().accessTo(backend);
  const x = tf.ones([8]);
  const entry = backend.dataIdMap.get(x.dataId);
  for (const wrong of [0, 2 ** 32 - 4]) {
    entry.memoryOffset = wrong;
    expect(() => run('Twice', [x], [], () => expect.unreachable())).toThrow(exhausted);
  }
});
