/**
 * How compiled kernels reach the tensors of a wasm backend: in place, in the backend's own memory, or where a build of
 * tfjs does not show its memory, through copies in a memory of ours.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { memory as tensorMemory, util } from '@tensorflow/tfjs-core';
import { isShared } from './binary.js';

/** Gives bytes of scratch memory until the kernel's end, or memory with numbers in it, and says where they begin. */
export type Lend = (wanted: number | Float32Array) => number;

/** A way to the tensors of one backend. `Native` are the functions of the binary. */
export interface Access<Native> {
  /** Whether the kernels work in the memory of tfjs or on copies, and whether that memory is shared between threads. */
  readonly description: { access: 'in place' | 'copied'; memory: 'plain' | 'shared' };
  readonly native: Native;
  /**
   * Calls `f` with the addresses of the inputs, then of the outputs.
   *
   * The outputs are tensors that exist already, and are disposed of where this throws; `f` must write every element of
   * them, once it has the scratch memory that it wants.
   *
   * @throws Error naming the kernel, the bytes and the cure, before anything is written, where a tensor or the scratch
   * memory has no place in the memory: tfjs does not notice when its own allocation fails, and would have us write to
   * address 0.
   */
  readonly run: (
    kernel: string,
    inputs: readonly TensorInfo[],
    outputs: readonly TensorInfo[],
    f: (pointers: number[], lend: Lend) => void,
  ) => void;
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

/** The way to a backend's tensors for the functions that `instantiate` makes for a memory. */
export function makeAccess<Native>(
  backend: BackendWasm,
  instantiate: (memory: WebAssembly.Memory) => Native,
): Access<Native> {
  const module = backend.wasm as BackendWasm['wasm'] & EmscriptenModule;
  const memory = module.wasmMemory ?? module.asm?.memory;
  const access =
    memory instanceof WebAssembly.Memory
      ? inPlace(backend, module, memory, instantiate(memory))
      : throughCopies(backend, instantiate);
  return {
    ...access,
    run(kernel, inputs, outputs, f) {
      try {
        access.run(kernel, inputs, outputs, f);
      } catch (error) {
        outputs.forEach(({ dataId }) => backend.disposeData(dataId));
        throw error;
      }
    },
  };
}

function inPlace<Native>(
  backend: BackendWasm,
  module: EmscriptenModule,
  memory: WebAssembly.Memory,
  native: Native,
): Access<Native> {
  return {
    description: { access: 'in place', memory: isShared(memory) ? 'shared' : 'plain' },
    native,
    run(kernel, inputs, outputs, f) {
      const lent: number[] = [];
      try {
        const pointers = [...inputs, ...outputs].map((t) =>
          checked(kernel, backend.dataIdMap.get(t.dataId).memoryOffset, bytesOf(t), memory),
        );
        f(pointers, (wanted) => {
          const bytes = sizeOf(wanted);
          // Emscripten returns addresses above 2 GB as negative numbers. Allocating may grow the memory and detach
          // views on it, of which there are none here.
          const scratch = checked(kernel, module._malloc(bytes) >>> 0, bytes, memory);
          lent.push(scratch);
          return filled(wanted, memory, scratch);
        });
      } finally {
        lent.forEach((scratch) => module._free(scratch));
      }
    },
  };
}

const PAGE = 1 << 16;

/** Keeps a memory as large as the largest call: Emscripten's own never shrinks either. */
function throughCopies<Native>(
  backend: BackendWasm,
  instantiate: (memory: WebAssembly.Memory) => Native,
): Access<Native> {
  const memory = new WebAssembly.Memory({ initial: 1 });
  return {
    description: { access: 'copied', memory: 'plain' },
    native: instantiate(memory),
    run(kernel, inputs, outputs, f) {
      let end = 16;
      const take: Lend = (wanted) => {
        const bytes = sizeOf(wanted);
        const pointer = end;
        end += Math.ceil(bytes / 16) * 16;
        const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE);
        try {
          if (missing > 0) memory.grow(missing);
        } catch (cause) {
          throw exhausted(kernel, end, memory, { cause });
        }
        return filled(wanted, memory, pointer);
      };
      const theirs = (t: TensorInfo): Uint8Array => {
        const { buffer, byteOffset } = backend.typedArrayFromHeap(t);
        return new Uint8Array(buffer, byteOffset, bytesOf(t));
      };
      const pointers = [...inputs, ...outputs].map((t) => take(bytesOf(t)));
      // Made anew each time: growing detaches them.
      const ours = (t: TensorInfo, i: number): Uint8Array => new Uint8Array(memory.buffer, pointers[i], bytesOf(t));
      inputs.forEach((t, i) => ours(t, i).set(theirs(t)));
      f(pointers, take);
      outputs.forEach((t, i) => theirs(t).set(ours(t, inputs.length + i)));
    },
  };
}

function sizeOf(wanted: number | Float32Array): number {
  return typeof wanted === 'number' ? wanted : wanted.byteLength;
}

/** The address, once the numbers that were lent are there. */
function filled(wanted: number | Float32Array, memory: WebAssembly.Memory, pointer: number): number {
  if (typeof wanted !== 'number') new Float32Array(memory.buffer, pointer, wanted.length).set(wanted);
  return pointer;
}

function bytesOf({ shape, dtype }: TensorInfo): number {
  return util.bytesPerElement(dtype) * util.sizeFromShape(shape);
}

/** An address, once it is sure that `bytes` bytes from there on lie in the memory. */
function checked(
  kernel: string,
  pointer: number | null | undefined,
  bytes: number,
  memory: WebAssembly.Memory,
): number {
  const at = pointer ?? 0;
  if (bytes > 0 && (at <= 0 || at + bytes > memory.buffer.byteLength)) throw exhausted(kernel, bytes, memory);
  return at;
}

function exhausted(kernel: string, wanted: number, memory: WebAssembly.Memory, options?: ErrorOptions): Error {
  const [bytes, tensors, heap] = [wanted, tensorMemory().numBytes, memory.buffer.byteLength].map((n) =>
    n.toLocaleString('en'),
  );
  const message =
    `${kernel}: the memory of the wasm backend is exhausted: wanted ${bytes} bytes more; tensors take ` +
    `${tensors}, the memory has ${heap} of at most 4,294,967,296; use smaller batches, or dispose of ` +
    'tensors';
  return new Error(message, options);
}
