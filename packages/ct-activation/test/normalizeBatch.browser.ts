import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe, expect } from 'vitest';
import { hasNormalizeKernels } from '../src/kernels/normalizeKernel.js';
import '../src/kernels/webgpu.js';
import { normalizeSuite } from './normalizeSuite.js';

describe('normalizeBatch, fused, on webgpu in headless Chromium', () => {
  beforeAll(async () => {
    expect(await tf.setBackend('webgpu')).toBe(true);
    expect(hasNormalizeKernels('webgpu')).toBe(true);
  });
  normalizeSuite({ bound: 1e-6, calls: 30 });
});
