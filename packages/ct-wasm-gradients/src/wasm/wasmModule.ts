/**
 * The compiled kernels of native/: which of the binaries a host takes, in which form for a memory, and an
 * instance of it.
 */
import type { NativeKernels } from './nativeKernels.js';
import { SCALAR, SIMD } from './wasmBinaries.js';

/** Whether the host has 128-bit SIMD. */
export function hasSimd(): boolean {
  return WebAssembly.validate(decode(SIMD));
}

/** Whether a memory can be seen by other threads. */
export function isShared(memory: WebAssembly.Memory): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
}

/** The kernels, working in `memory`. Compiles synchronously: kernels of tfjs cannot wait. */
export function instantiate(memory: WebAssembly.Memory): NativeKernels {
  const bytes = decode(hasSimd() ? SIMD : SCALAR);
  const module = new WebAssembly.Module(isShared(memory) ? forSharedMemory(bytes) : bytes);
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as NativeKernels;
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/**
 * The same binary for shared memory. Of it only the import of the memory would differ, and the package be twice as
 * large: its limits `00 00` (no maximum, at least 0 pages) become `03 00 80 80 04` (shared, at least 0, at most 65,536
 * pages).
 */
function forSharedMemory(plain: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const name = [3, 0x65, 0x6e, 0x76, 6, 0x6d, 0x65, 0x6d, 0x6f, 0x72, 0x79, 2]; // 'env', 'memory', a memory
  const start = plain.findIndex((_, i) => name.every((byte, k) => plain[i + k] === byte));
  const limits = start + name.length;
  const shared = new Uint8Array(plain.length + 3);
  shared.set(plain.subarray(0, limits));
  shared.set([3, 0, 0x80, 0x80, 4], limits);
  shared.set(plain.subarray(limits + 2), limits + 5);
  // The section's size in bytes, before the number of imports.
  shared[start - 2]! += 3;
  return shared;
}
