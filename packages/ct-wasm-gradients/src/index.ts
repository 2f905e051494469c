/** `@curvature-tuning/wasm-gradients`: the gradient kernels that tfjs-backend-wasm lacks, registered on import. */
export type { HostDescription } from '@curvature-tuning/wasm-host';
export type { WasmGradients } from './wasmGradients.js';
export { wasmGradients } from './wasmGradients.js';
