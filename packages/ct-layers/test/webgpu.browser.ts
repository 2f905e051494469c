import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import '@curvature-tuning/activation/webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { testOnBackend } from './onBackend.js';

const adapter = await (navigator as { gpu?: { requestAdapter: () => Promise<unknown> } }).gpu?.requestAdapter();

if (adapter == null) it.skip('webgpu in headless Chromium (it has no WebGPU adapter)');
else {
  describe('webgpu in headless Chromium', () => {
    beforeAll(async () => {
      expect(await tf.setBackend('webgpu')).toBe(true);
    });
    testOnBackend(1e-5);
  });
}
