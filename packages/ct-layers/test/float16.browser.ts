import { ctuKernels } from '@curvature-tuning/activation';
import { describe, expect, it } from 'vitest';
import { float16Suite } from './float16Suite.js';

describe('float16 textures, ctu composed of stock ops', () => {
  float16Suite();
  it('has no fused kernel', () => expect(ctuKernels().webgl).toBe('composed'));
});
