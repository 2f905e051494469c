import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasNormalizeKernels } from '../src/kernels/normalizeKernel.js';
import '../src/kernels/webgl.js';
import '../src/kernels/webgpu.js';
import { measureNormalize, normalizeCases } from '../src/conformance.js';
import { normalizeSuite } from './normalizeSuite.js';
import { useFlags, WEBGL_1 } from './webglFlags.js';

describe.each(['webgpu', 'webgl'])('normalizeBatch, fused, on %s in headless Chromium', (backend) => {
  beforeAll(async () => {
    expect(await tf.setBackend(backend)).toBe(true);
    expect(hasNormalizeKernels(backend)).toBe(true);
  });
  normalizeSuite({ bound: 1e-6, calls: 30 });
});

/** A few shapes, and a mean far above the deviation. */
const some = normalizeCases().filter(({ name }) => /^\[(6|7, 3|4, 5, 5, 16|9, 257|1001, 17)\]|^means/.test(name));

describe('normalizeBatch, fused, on WebGL 1', () => {
  useFlags(WEBGL_1);
  it.each(some)('agrees with float64 to 1e-6 of its condition: $name', async (one) => {
    for (const { quantity, error } of await measureNormalize(one)) expect(error, quantity).toBeLessThan(1e-6);
  });
});

describe('normalizeBatch, fused, on webgl where textures hold only float16', () => {
  useFlags({ WEBGL_RENDER_FLOAT32_ENABLED: false });
  it.each(some.filter(({ mean }) => mean === 0))('agrees with float64 to 5e-3 of its condition: $name', async (one) => {
    for (const { quantity, error } of await measureNormalize(one)) expect(error, quantity).toBeLessThan(5e-3);
  });
});
