import { expect } from 'vitest';
import { testWasmKernels } from './wasmInBrowser.js';

testWasmKernels('plain memory', (kernels) => {
  expect(globalThis.crossOriginIsolated).toBe(false);
  expect(kernels).toEqual({ simd: true, access: 'in place', memory: 'plain' });
});
