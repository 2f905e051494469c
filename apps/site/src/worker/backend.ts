/**
 * The backends that the page can run on: each is fetched when it is asked for, with our kernels for it.
 */
import { getBackend, ready, setBackend } from '@tensorflow/tfjs-core';
import plain from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm?url';
import { ctuKernels } from '@curvature-tuning/activation';
import type { BackendName } from '../backends.ts';

/** Makes a backend the current one. Returns how our activation runs on it: `'fused'`, or composed of stock ops. */
export async function useBackend(name: BackendName): Promise<string> {
  if (getBackend() !== name) {
    if (name === 'wasm') await loadWasm();
    else if (name === 'webgl') await loadWebgl();
    else await loadWebgpu();
    if (!(await setBackend(name))) throw new Error(`this browser has no ${name}; choose another backend`);
    await ready();
  }
  return ctuKernels()[name] ?? 'composed';
}

async function loadWasm(): Promise<void> {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  await import('@curvature-tuning/activation/wasm');
  await import('@curvature-tuning/wasm-gradients');
  const absolute = (address: string): string => new URL(address, self.location.href).href;
  setWasmPaths({
    'tfjs-backend-wasm.wasm': absolute(plain),
    'tfjs-backend-wasm-simd.wasm': absolute(simd),
    // Asked for on pages that are cross-origin isolated alone, which those of static hosts are not.
    'tfjs-backend-wasm-threaded-simd.wasm': absolute(simd),
  });
}

async function loadWebgl(): Promise<void> {
  await import('@tensorflow/tfjs-backend-webgl');
  await import('@curvature-tuning/activation/webgl');
}

async function loadWebgpu(): Promise<void> {
  await import('@tensorflow/tfjs-backend-webgpu');
  await import('@curvature-tuning/activation/webgpu');
}
