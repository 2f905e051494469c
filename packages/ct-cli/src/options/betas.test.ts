import { defaultBetas, paperBetas } from '@curvature-tuning/layers';
import { expect, it } from 'vitest';
import { parseBetas } from './betas.js';

it('reads ranges with both ends, and lists', () => {
  // As the help has them.
  expect(parseBetas('0.30:0.98:0.02')).toEqual(defaultBetas);
  expect(parseBetas('0.70:0.99:0.01')).toEqual(paperBetas);
  expect(parseBetas('0:1:0.25')).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(parseBetas('0.7,0.95')).toEqual([0.7, 0.95]);
  expect(parseBetas('0.9')).toEqual([0.9]);
});

it.each([
  ['1.2', 'Curvatures must lie in [0, 1], got 1.2.'],
  ['0.5:1.5:0.5', 'Curvatures must lie in [0, 1], got 1.5.'],
  ['a', 'Expected a number, got "a".'],
  ['0.7,,0.8', 'Expected a number, got "".'],
  ['0.7:0.9', 'Expected first:last:step'],
  ['0.9:0.7:0.1', 'Expected first:last:step'],
  ['0.7:0.9:0', 'Expected first:last:step'],
  ['0:1:0.00001', 'at most 1000 curvatures'],
  ['0:1:1e-320', 'at most 1000 curvatures, got Infinity.'],
  ['0.5,'.repeat(1000), 'at most 1000 curvatures, got 1001.'],
  ['0x1', 'Expected a number, got "0x1".'],
  ['NaN', 'Expected a number, got "NaN".'],
  ['', 'Expected a number, got "".'],
  ['1e1', 'Curvatures must lie in [0, 1], got 10.'],
  ['-0.1:0.5:0.1', 'Curvatures must lie in [0, 1], got -0.1.'],
])('refuses %s', (text, message) => {
  expect(() => parseBetas(text)).toThrow(message);
});
