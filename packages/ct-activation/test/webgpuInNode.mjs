// Runs the conformance table on the WebGPU kernels in plain Node and prints what came of it as JSON; started by
// webgpu.test.ts, because the Vulkan driver is found through variables that must be set before the process starts.
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';

/**
 * Prints, all of it before the process ends, and leaves at once: Dawn would keep the process alive.
 *
 * @param {object} result
 * @returns {never}
 */
function finish(result) {
  writeSync(1, `${JSON.stringify(result)}\n`);
  process.exit(0);
}

let webgpu;
try {
  webgpu = await import('webgpu');
} catch (error) {
  finish({ absent: `the package webgpu does not load: ${/** @type {Error} */ (error).message}` });
}
const gpu = webgpu.create([]);
const adapter = await gpu.requestAdapter().catch(() => null);
if (!adapter) finish({ absent: 'no WebGPU adapter' });

Object.assign(globalThis, webgpu.globals);
Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
const tf = createRequire(import.meta.url)('@tensorflow/tfjs');
await import('@tensorflow/tfjs-backend-webgpu');
await tf.setBackend('webgpu');
/** @type {string[]} */
const gpuErrors = [];
tf.backend().device.addEventListener('uncapturederror', (/** @type {{ error: { message: string } }} */ { error }) =>
  gpuErrors.push(error.message),
);

await import('@curvature-tuning/activation/webgpu');
const { ctuKernels } = await import('@curvature-tuning/activation');
const { conformanceCases, measureConformance, measureNormalize, normalizeCases } =
  await import('@curvature-tuning/activation/conformance');

const errors = [];
const normalizeErrors = [];
const memory = [];
for (let round = 0; round < 2; round++) {
  for (const testCase of conformanceCases()) {
    for (const { quantity, error } of await measureConformance(testCase)) {
      // JSON has no infinity.
      errors.push({ name: testCase.name, quantity, error: Number.isFinite(error) ? error : Number.MAX_VALUE });
    }
  }
  for (const one of normalizeCases()) {
    for (const { quantity, error } of await measureNormalize(one))
      normalizeErrors.push({ name: one.name, quantity, error: Number.isFinite(error) ? error : Number.MAX_VALUE });
  }
  const { numTensors, numDataBuffers, numBytes, numBytesInGPU } = tf.memory();
  memory.push({ numTensors, numDataBuffers, numBytes, numBytesInGPU });
}
finish({
  adapter: adapter.info.description || adapter.info.vendor,
  kernels: ctuKernels().webgpu,
  errors,
  normalizeErrors,
  memory,
  gpuErrors,
});
