/** The kernel of twice.c, and wasm backends to run it on. */
import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-wasm';
import type { WasmHost } from '../src/index.js';
import { wasmHost } from '../src/index.js';
import { BINARIES } from './golden/wasmBinaries.js';

/** The functions of twice.c. */
export interface Twice {
  twice(x: number, y: number, size: number): void;
  /** 4 in the binary with SIMD, 1 in the other. */
  lanes(): number;
}

export function twiceHost(): WasmHost<Twice> {
  return wasmHost<Twice>(BINARIES);
}

/** What the tests use of the Emscripten module in a backend. */
export interface Emscripten {
  HEAPU8: Uint8Array;
  asm: object;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
}

export function emscripten(backend: BackendWasm): Emscripten {
  return backend.wasm as BackendWasm['wasm'] & Emscripten;
}

/** A new wasm backend in place of the old one, or one that looks like a build of tfjs that shows no memory. */
export async function freshBackend(access: 'in place' | 'copied' = 'in place'): Promise<BackendWasm> {
  const factory = tf.findBackendFactory('wasm');
  await tf.setBackend('cpu');
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', factory, 2);
  if (!(await tf.setBackend('wasm'))) throw new Error('the wasm backend does not start');
  const backend = tf.backend() as BackendWasm;
  const { asm } = emscripten(backend);
  if (access === 'copied') emscripten(backend).asm = { ...asm, memory: undefined };
  return backend;
}
