/**
 * How the compiled kernels reach the tensors of a wasm backend: in place, in the backend's own memory, or where a
 * build of tfjs does not show its memory, chunk by chunk through a small memory of ours.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { memory as tensorMemory } from '@tensorflow/tfjs-core';
import type { NativeCtu } from './wasmModule.js';
import { instantiate, isShared } from './wasmModule.js';

/**
 * The kernels on tensors; the results are tensors that exist already.
 *
 * Both throw an Error naming the kernel, the bytes and the cure where a tensor or scratch memory has no place in the
 * memory: tfjs does not notice when its own allocation fails, and would have us write to address 0.
 */
export interface Access {
  description: { access: 'in place' | 'copied'; memory: 'plain' | 'shared' };
  forward(x: TensorInfo, beta: TensorInfo, coeff: TensorInfo, y: TensorInfo): void;
  /** `parameters`: the tensors for dbeta and dcoeff, where they are wanted. */
  backward(
    dy: TensorInfo,
    x: TensorInfo,
    beta: TensorInfo,
    coeff: TensorInfo,
    dx: TensorInfo,
    parameters?: [TensorInfo, TensorInfo],
  ): void;
}

// A backend that is removed and set again is another object, with another memory.
const accesses = new WeakMap<BackendWasm, Access>();

/** The way to a backend's tensors; made at first use. */
export function accessTo(backend: BackendWasm): Access {
  let access = accesses.get(backend);
  if (access === undefined) {
    const memory = memoryOf(backend);
    access = memory === undefined ? throughCopies(backend) : inPlace(backend, memory);
    accesses.set(backend, access);
  }
  return access;
}

/** What we use of the Emscripten module inside the backend, whose own typings need a package that tfjs leaves out. */
interface EmscriptenModule {
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  /** The memory in the threaded build of tfjs ... */
  wasmMemory?: unknown;
  /** ... and in the two others. */
  asm?: { memory?: unknown };
}

function moduleOf(backend: BackendWasm): EmscriptenModule {
  return backend.wasm as unknown as EmscriptenModule;
}

function memoryOf(backend: BackendWasm): WebAssembly.Memory | undefined {
  const { wasmMemory, asm } = moduleOf(backend);
  const memory = wasmMemory ?? asm?.memory;
  return memory instanceof WebAssembly.Memory ? memory : undefined;
}

function inPlace(backend: BackendWasm, memory: WebAssembly.Memory): Access {
  const native = instantiate(memory);
  const pointer = (t: TensorInfo): number => checked(backend.dataIdMap.get(t.dataId).memoryOffset, 4 * size(t), memory);
  // Lent for one call, so that nothing stays behind. No views on the memory here: allocating may grow and detach it.
  const withScratch = (beta: TensorInfo, coeff: TensorInfo, f: (scratch: number) => void): void => {
    const module = moduleOf(backend);
    // Emscripten returns addresses above 2 GB as negative numbers.
    const bytes = native.scratch_bytes(size(beta), size(coeff));
    const scratch = checked(module._malloc(bytes) >>> 0, bytes, memory);
    try {
      f(scratch);
    } finally {
      module._free(scratch);
    }
  };
  return {
    description: { access: 'in place', memory: isShared(memory) ? 'shared' : 'plain' },
    forward(x, beta, coeff, y) {
      withScratch(beta, coeff, (scratch) => {
        native.ctu(pointer(x), pointer(y), size(x), pointer(beta), size(beta), pointer(coeff), size(coeff), scratch);
      });
    },
    backward(dy, x, beta, coeff, dx, parameters) {
      withScratch(beta, coeff, (scratch) => {
        const inputs = [
          pointer(x),
          pointer(dy),
          pointer(dx),
          size(x),
          pointer(beta),
          size(beta),
          pointer(coeff),
          size(coeff),
        ] as const;
        if (parameters === undefined) native.ctu_dx(...inputs, scratch);
        else native.ctu_grad(...inputs, pointer(parameters[0]), pointer(parameters[1]), scratch);
      });
    },
  };
}

/** An address, once it is sure that `bytes` bytes from there on lie in the memory. */
function checked(pointer: number | null | undefined, bytes: number, memory: WebAssembly.Memory): number {
  if (bytes === 0 || (pointer != null && pointer > 0 && pointer + bytes <= memory.buffer.byteLength))
    return pointer ?? 0;
  const [wanted, tensors, heap] = [bytes, tensorMemory().numBytes, memory.buffer.byteLength].map((n) =>
    n.toLocaleString('en'),
  );
  throw new Error(
    `ctu: the memory of the wasm backend is exhausted: wanted ${wanted} bytes more; tensors take ` +
      `${tensors}, the memory has ${heap} of at most 4,294,967,296; use smaller batches, or dispose of ` +
      'tensors',
  );
}

/** Elements per chunk. 16,384 keep the copies in the second-level cache. */
const CHUNK = 1 << 14;

/** Float32 slots of our memory, CHUNK elements each. */
const SLOTS = { x: 0, dy: 1, result: 2, beta: 3, coeff: 4, dbeta: 5, dcoeff: 6 };
const PAGE = 1 << 16;

function throughCopies(backend: BackendWasm): Access {
  const slotBytes = Object.keys(SLOTS).length * CHUNK * 4;
  const memory = new WebAssembly.Memory({ initial: 1 });
  const native: NativeCtu = instantiate(memory);
  memory.grow(Math.ceil((slotBytes + native.scratch_bytes(CHUNK, CHUNK)) / PAGE));
  const slot = (name: keyof typeof SLOTS): number => SLOTS[name] * CHUNK * 4;
  const ours = (name: keyof typeof SLOTS): Float32Array => new Float32Array(memory.buffer, slot(name), CHUNK);
  const theirs = (t: TensorInfo): Float32Array => backend.typedArrayFromHeap(t) as Float32Array;

  /** Runs `f(elements, parameters)` for each chunk, its inputs copied in; `period` as in native/ctu.c. */
  function eachChunk(
    x: TensorInfo,
    dy: TensorInfo | undefined,
    beta: TensorInfo,
    coeff: TensorInfo,
    result: TensorInfo,
    f: (elements: number, parameters: number, first: number) => void,
  ): void {
    const n = size(x);
    const period = Math.max(size(beta), size(coeff));
    const [xs, dys, results] = [theirs(x), dy && theirs(dy), theirs(result)];
    // As many periods as fit, or pieces of one that does not.
    const columns = Math.min(period, CHUNK);
    const whole = columns === period;
    const step = whole ? Math.floor(CHUNK / period) * period : period;
    for (let first = 0; first < Math.min(period, n); first += columns) {
      const parameters = Math.min(columns, period - first);
      repeat(theirs(beta), first, ours('beta').subarray(0, parameters));
      repeat(theirs(coeff), first, ours('coeff').subarray(0, parameters));
      for (let start = first; start < n; start += step) {
        const elements = Math.min(whole ? step : parameters, n - start);
        ours('x').set(xs.subarray(start, start + elements));
        if (dys !== undefined) ours('dy').set(dys.subarray(start, start + elements));
        f(elements, parameters, first);
        results.set(ours('result').subarray(0, elements), start);
      }
    }
  }

  return {
    description: { access: 'copied', memory: 'plain' },
    forward(x, beta, coeff, y) {
      eachChunk(x, undefined, beta, coeff, y, (n, parameters) => {
        native.ctu(slot('x'), slot('result'), n, slot('beta'), parameters, slot('coeff'), parameters, slotBytes);
      });
    },
    backward(dy, x, beta, coeff, dx, parameters) {
      const sums = (parameters ?? []).map((t) => new Float64Array(size(t)));
      eachChunk(x, dy, beta, coeff, dx, (n, parameters, first) => {
        const inputs = [
          slot('x'),
          slot('dy'),
          slot('result'),
          n,
          slot('beta'),
          parameters,
          slot('coeff'),
          parameters,
        ] as const;
        if (sums.length === 0) return native.ctu_dx(...inputs, slotBytes);
        native.ctu_grad(...inputs, slot('dbeta'), slot('dcoeff'), slotBytes);
        sums.forEach((sum, k) => {
          const terms = ours(k === 0 ? 'dbeta' : 'dcoeff');
          for (let i = 0; i < parameters; i++) sum[(first + i) % sum.length]! += terms[i]!;
        });
      });
      parameters?.forEach((t, k) => theirs(t).set(sums[k]!));
    },
  };
}

/** Fills `target` with the elements first, first + 1, ... of `source` repeated without end. */
function repeat(source: Float32Array, first: number, target: Float32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = source[(first + i) % source.length]!;
}

function size(t: TensorInfo): number {
  return t.shape.reduce((a, b) => a * b, 1);
}
