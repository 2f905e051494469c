// The patterns that Square paints, against the original's numbers.
import { describe, expect, it } from 'vitest';
import { close, goldenUnit } from '../../../test/goldenUnit.js';
import { RandomStream } from '../../data/randomStream.js';
import { bump, squarePattern } from './squarePattern.js';

const golden = goldenUnit();

describe('square', () => {
  for (const [side, { data }] of Object.entries(golden.square_eta)) {
    it(`paints the original's L2 pattern of side ${side}, or its transpose, to 1e-6`, () => {
      const pattern = squarePattern('L2', Number(side), new RandomStream(0));
      const transposed = pattern.map(
        (_, i) => pattern[(i % Number(side)) * Number(side) + Math.floor(i / Number(side))]!,
      );
      expect(Math.min(close(pattern, data), close(transposed, data))).toBeLessThan(1e-6);
    });
  }

  for (const [name, { data, shape }] of Object.entries(golden.square_eta_rectangles)) {
    it(`its L2 bump of ${name} equals the original's to 1e-6`, () => {
      expect(close(bump('L2', shape[0]!, shape[1]!), data)).toBeLessThan(1e-6);
    });
  }

  it('its L1 bump has L1 norm 1 and falls with the fourth power', () => {
    const pattern = bump('L1', 5, 5);
    expect(pattern.reduce((sum, value) => sum + Math.abs(value), 0)).toBeCloseTo(1, 12);
    expect(pattern[12]! / pattern[0]!).toBeCloseTo((1 + 1 / 16 + 1 / 81) / (1 / 81), 9);
  });
});
