import { describe } from 'vitest';
import { float16Training } from './float16Training.js';

describe('training on float16 textures, ctu composed of stock ops', float16Training);
