import { ctuKernels } from '@curvature-tuning/activation';
import '@curvature-tuning/activation/webgl';
import { describe, expect, it } from 'vitest';
import { float16Suite } from './float16Suite.js';

describe('float16 textures, ctu fused', () => {
  float16Suite();
  it('has the fused kernel', () => expect(ctuKernels().webgl).toBe('fused'));
});
