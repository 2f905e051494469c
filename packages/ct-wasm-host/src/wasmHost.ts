/**
 * The compiled kernels of one package, and the wasm backends that they run on.
 */
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { Access } from './access.js';
import { makeAccess } from './access.js';
import type { Binaries, Functions } from './binary.js';
import { hasSimd, instantiate } from './binary.js';

/** How compiled kernels run on a host: for bug reports. */
export interface HostDescription {
  /** Four numbers at a time, or one on a host without SIMD. */
  simd: boolean;
  /** Whether the kernels work in the memory of tfjs or on copies, which happens where a build of tfjs hides it. */
  access: 'in place' | 'copied';
  /** `shared` in the threaded build of tfjs, which cross-origin isolated pages get. The kernels run on one thread. */
  memory: 'plain' | 'shared';
}

/** The compiled kernels of one package. `Native` are the functions of its binaries. */
export interface WasmHost<Native> {
  /** The way to a backend's tensors; made at first use. */
  readonly accessTo: (backend: BackendWasm) => Access<Native>;
  /** How the kernels run on a backend. */
  readonly describe: (backend: BackendWasm) => HostDescription;
}

/**
 * Makes a package's compiled kernels ready for the backends that they will meet; compiles nothing yet.
 *
 *     const host = wasmHost<{ twice(x: number, y: number, size: number): void }>(binaries);
 *     const { native, run } = host.accessTo(backend);
 *     run('Twice', [x], [y], ([from, to]) => native.twice(from, to, 6));
 */
export function wasmHost<Native extends Functions<Native>>(binaries: Binaries): WasmHost<Native> {
  // A backend that is removed and set again is another object, with another memory.
  const accesses = new WeakMap<BackendWasm, Access<Native>>();
  const accessTo = (backend: BackendWasm): Access<Native> => {
    let access = accesses.get(backend);
    if (access === undefined) {
      access = makeAccess(backend, (memory) => instantiate<Native>(binaries, memory));
      accesses.set(backend, access);
    }
    return access;
  };
  return {
    accessTo,
    describe: (backend) => ({ simd: hasSimd(binaries), ...accessTo(backend).description }),
  };
}
