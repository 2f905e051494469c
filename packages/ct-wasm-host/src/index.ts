/** `@curvature-tuning/wasm-host`: compiled C kernels on the tensors of tfjs-backend-wasm. */
export type { Access, Lend } from './access.js';
export type { Binaries, Functions } from './binary.js';
export { instantiate } from './binary.js';
export { wasmHost } from './wasmHost.js';
export type { HostDescription, WasmHost } from './wasmHost.js';
