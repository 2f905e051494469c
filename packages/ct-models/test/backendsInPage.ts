/**
 * The backends that a page has, with tfjs-wasm told where Vite puts its files.
 */
import { env, ready, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';
// Vite's way to a file's address. Applications set these paths for tfjs.
/* eslint-disable no-restricted-imports -- assets, not a second copy of tfjs */
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
/* eslint-enable no-restricted-imports */
import { expect } from 'vitest';

setWasmPaths({
  'tfjs-backend-wasm.wasm': plain,
  'tfjs-backend-wasm-simd.wasm': simd,
  'tfjs-backend-wasm-threaded-simd.wasm': threaded,
});

/** Whether the page has a WebGPU adapter. */
export const hasWebgpu: boolean =
  (await (navigator as { gpu?: { requestAdapter: () => Promise<unknown> } }).gpu?.requestAdapter()) != null;

/** Makes a backend the current one; textures hold float32. */
export async function use(backend: string): Promise<void> {
  expect(await setBackend(backend), backend).toBe(true);
  await ready();
  if (backend === 'webgl') expect(env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')).toBe(true);
}
