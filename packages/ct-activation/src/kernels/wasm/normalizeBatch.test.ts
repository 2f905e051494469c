import * as tf from '@tensorflow/tfjs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, it, vi } from 'vitest';
import { measureNormalize, normalizeCases } from '../../conformance.js';
import { normalizeBatch } from '../../index.js';
import '../wasm.js';

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const [scale, offset] = [new Float32Array(5).fill(1), new Float32Array(5)];
const run = (x: tf.Tensor): tf.Tensor => {
  const parameters = { scale: tf.tensor1d(scale), offset: tf.tensor1d(offset), epsilon: 1e-3, unit: null };
  return normalizeBatch(x, parameters, { scale: false, unit: false });
};

it('says by name that the memory is exhausted, and leaves nothing', () => {
  const backend = tf.backend() as BackendWasm & { wasm: { _malloc(bytes: number): number } };
  const x = tf.ones([7, 5]);
  tf.tidy(() => void run(x));
  const before = [tf.memory().numTensors, backend.numDataIds()];
  const malloc = vi.spyOn(backend.wasm, '_malloc').mockReturnValueOnce(0);
  expect(() => tf.tidy(() => run(x))).toThrow(/^NormalizeBatch: the memory of the wasm backend is exhausted/);
  malloc.mockRestore();
  expect([tf.memory().numTensors, backend.numDataIds()]).toEqual(before);
});

it('is right to 2e-6 without SIMD, of which there is another binary', async () => {
  const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
  const factory = tf.findBackendFactory('wasm');
  await tf.setBackend('cpu');
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', factory, 2);
  expect(await tf.setBackend('wasm')).toBe(true);
  for (const one of normalizeCases().filter(({ unit }) => unit))
    for (const { quantity, error } of await measureNormalize(one))
      expect(error, `${one.name}: ${quantity}`).toBeLessThan(2e-6);
  validate.mockRestore();
});
