/**
 * How the compiled kernels reach the tensors of a wasm backend: in place, in the backend's own memory, or where a
 * build of tfjs does not show its memory, through copies in a memory of ours.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { memory as tensorMemory, util } from '@tensorflow/tfjs-core';
import type { NativeKernels } from './nativeKernels.js';
import { instantiate, isShared } from './wasmModule.js';

/** A way to run the kernels on the tensors of one backend. */
export interface Access {
  readonly description: { access: 'in place' | 'copied'; memory: 'plain' | 'shared' };
  readonly native: NativeKernels;
  /**
   * Calls `f` with the addresses of the inputs, of the outputs, and of `scratchBytes` bytes that are lent for the call.
   *
   * The outputs are tensors that exist already, and are disposed of where this throws; `f` must write every element of
   * them.
   *
   * @throws Error naming the kernel, the bytes and the cure, before `f` is called, where a tensor or the scratch memory
   * has no place in the memory: tfjs does not notice when its own allocation fails, and would have us write to address
   * 0.
   */
  readonly run: (
    kernel: string,
    inputs: TensorInfo[],
    outputs: TensorInfo[],
    scratchBytes: number,
    f: (pointers: number[], scratch: number) => void,
  ) => void;
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
  return {
    description: { access: 'in place', memory: isShared(memory) ? 'shared' : 'plain' },
    native,
    run(kernel, inputs, outputs, scratchBytes, f) {
      const module = moduleOf(backend);
      let scratch = 0;
      try {
        const pointers = [...inputs, ...outputs].map((t) =>
          checked(kernel, backend.dataIdMap.get(t.dataId).memoryOffset, bytesOf(t), memory),
        );
        // Emscripten returns addresses above 2 GB as negative numbers. Allocating may grow the memory and detach views
        // on it, of which there are none here.
        if (scratchBytes > 0) scratch = checked(kernel, module._malloc(scratchBytes) >>> 0, scratchBytes, memory);
        f(pointers, scratch);
      } catch (error) {
        outputs.forEach(({ dataId }) => backend.disposeData(dataId));
        throw error;
      } finally {
        if (scratch !== 0) module._free(scratch);
      }
    },
  };
}

const PAGE = 1 << 16;

/** Keeps a memory as large as the largest call: Emscripten's own never shrinks either. */
function throughCopies(backend: BackendWasm): Access {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const native = instantiate(memory);
  return {
    description: { access: 'copied', memory: 'plain' },
    native,
    run(kernel, inputs, outputs, scratchBytes, f) {
      let end = 16;
      const pointers = [...inputs, ...outputs].map((t) => {
        const pointer = end;
        end += Math.ceil(bytesOf(t) / 16) * 16;
        return pointer;
      });
      const missing = Math.ceil((end + scratchBytes - memory.buffer.byteLength) / PAGE);
      try {
        if (missing > 0) memory.grow(missing);
      } catch (cause) {
        outputs.forEach(({ dataId }) => backend.disposeData(dataId));
        throw exhausted(kernel, end + scratchBytes, memory, cause);
      }
      const ours = (t: TensorInfo, i: number): Uint8Array => new Uint8Array(memory.buffer, pointers[i], bytesOf(t));
      const theirs = (t: TensorInfo): Uint8Array => {
        const { buffer, byteOffset } = backend.typedArrayFromHeap(t);
        return new Uint8Array(buffer, byteOffset, bytesOf(t));
      };
      inputs.forEach((t, i) => ours(t, i).set(theirs(t)));
      f(pointers, end);
      outputs.forEach((t, i) => theirs(t).set(ours(t, inputs.length + i)));
    },
  };
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
  if (bytes > 0 && (pointer == null || pointer <= 0 || pointer + bytes > memory.buffer.byteLength))
    throw exhausted(kernel, bytes, memory);
  return pointer ?? 0;
}

function exhausted(kernel: string, wanted: number, memory: WebAssembly.Memory, cause?: unknown): Error {
  const [bytes, tensors, heap] = [wanted, tensorMemory().numBytes, memory.buffer.byteLength].map((n) =>
    n.toLocaleString('en'),
  );
  const message =
    `${kernel}: the memory of the wasm backend is exhausted: wanted ${bytes} bytes more; tensors take ` +
    `${tensors}, the memory has ${heap} of at most 4,294,967,296; use smaller batches, or dispose of ` +
    'tensors';
  return new Error(message, cause === undefined ? undefined : { cause });
}
