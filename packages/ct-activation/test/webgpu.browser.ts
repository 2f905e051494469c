import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ctu, ctuKernels } from '../src/index.js';
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

  it('makes no buffer for a parameter that is a number', async () => {
    const parameter = tf.scalar(0.7);
    const [x, dy] = [tf.randomNormal([8]), tf.ones([8])];
    const [dx, dbeta] = tf.grads((x: tf.Tensor, beta: tf.Tensor) => ctu(x, beta, 0.3))([x, parameter], dy);
    await Promise.all([dx!.data(), dbeta!.data()]);
    const { resource, values } = (tf.backend() as WebGPUBackend).tensorMap.get(parameter.dataId);
    expect(resource).toBeUndefined();
    expect(values).toHaveLength(1);
  });
});
