import { expect, it } from 'vitest';
import { bitsOf } from './adaptAndScore.js';

it('packs truths eight a byte', () => {
  const truths = [true, false, true, ...Array.from({ length: 6 }, () => false)];
  expect(bitsOf(truths)).toBe(Buffer.of(0b101, 0).toString('base64'));
});
