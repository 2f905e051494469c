import { expect } from 'vitest';
import { testWasmKernels } from './wasmInBrowser.js';

testWasmKernels('shared memory of the threaded build', (kernels) => {
  expect(globalThis.crossOriginIsolated).toBe(true);
  expect(kernels).toEqual({ simd: true, access: 'in place', memory: 'shared' });
});
