import '@curvature-tuning/activation/webgl';
import { describe } from 'vitest';
import { float16Training } from './float16Training.js';

describe('training on float16 textures, ctu fused', float16Training);
