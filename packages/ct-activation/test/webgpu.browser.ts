import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';
import { ctuKernels } from '../src/index.js';
import '../src/kernels/webgpu.js';
import { gpuSuite } from './gpuSuite.js';

beforeEach(() => tf.engine().startScope());
afterEach(() => tf.engine().endScope());

describe('fused ctu on webgpu in headless Chromium', () => {
  beforeAll(async () => {
    expect(await tf.setBackend('webgpu')).toBe(true);
    expect(ctuKernels().webgpu).toBe('fused');
  });
  gpuSuite({ bound: 1e-6, large: 10_000_000 });
});
