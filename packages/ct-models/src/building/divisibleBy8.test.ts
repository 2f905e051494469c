import { expect, it } from 'vitest';
import { divisibleBy8 } from './divisibleBy8.js';

it.each([
  [1, 8],
  [16, 16],
  [18, 24],
  [22, 24],
  [44, 48],
  [35.2, 32],
  [123.2, 120],
])('%f becomes %i', (channels, rounded) => expect(divisibleBy8(channels)).toBe(rounded));
