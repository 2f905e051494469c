/** The hosts on which the kernels must work, and how to pretend to be on one. */
import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { expect, vi } from 'vitest';
import { wasmGradients } from '../src/index.js';

/** With and without SIMD, in tfjs's memory and on copies. */
export const hosts = [
  { title: 'SIMD, in place', simd: true, access: 'in place' },
  { title: 'scalar, in place', simd: false, access: 'in place' },
  { title: 'SIMD, copied', simd: true, access: 'copied' },
  { title: 'scalar, copied', simd: false, access: 'copied' },
] as const;

interface Emscripten {
  HEAPU8: Uint8Array;
  asm: object;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
}

export function emscripten(): Emscripten {
  return (tf.backend() as BackendWasm).wasm as unknown as Emscripten;
}

/** A new wasm backend in place of the old one. */
export async function freshBackend(): Promise<void> {
  const factory = tf.findBackendFactory('wasm');
  if (tf.getBackend() === 'wasm') {
    await tf.setBackend('cpu');
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory, 2);
  }
  expect(await tf.setBackend('wasm')).toBe(true);
}

/** A new wasm backend on one of `hosts`; `vi.restoreAllMocks()` ends it. */
export async function pretend({ simd, access }: { simd: boolean; access: 'in place' | 'copied' }): Promise<void> {
  await freshBackend();
  // Our binaries, and not those of tfjs, then believe that the host has no SIMD.
  if (!simd) vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  if (access === 'copied') emscripten().asm = { ...emscripten().asm, memory: undefined };
  expect(wasmGradients()).toMatchObject({ simd, access, memory: 'plain' });
}

/** Where the allocator would put a megabyte next: moves if anything stays behind. */
export function nextAddress(): number {
  const pointer = emscripten()._malloc(1 << 20);
  emscripten()._free(pointer);
  return pointer;
}
