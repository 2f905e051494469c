// The projection onto the L1 ball within the pixel range, against the original's numbers and its definition.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { close, goldenUnit } from '../../test/goldenUnit.js';
import { projectOntoL1Ball } from './l1Projection.js';

const golden = goldenUnit();
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const real = fc.double({ min: -3, max: 3, noNaN: true });

describe('projections', () => {
  it("onto an L1 ball in the pixel range equals the original's to 1e-5", () => {
    const { x, y, eps, delta } = golden.apgd_L1_projection;
    const rows = x.shape[0]!;
    const size = x.data.length / rows;
    for (let row = 0; row < rows; row++) {
      const moved = Float64Array.from(y.data.slice(row * size, (row + 1) * size));
      projectOntoL1Ball(Float32Array.from(x.data), row * size, moved, eps);
      expect(
        close(
          moved,
          delta.data.slice(row * size, (row + 1) * size).map((d, i) => d + y.data[row * size + i]!),
        ),
      ).toBeLessThan(1e-5);
    }
  });

  it('onto an L1 ball: inside the ball and the range, and unchanged where it was inside', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(unit, real), { minLength: 1, maxLength: 12 }),
        fc.double({ min: 0.01, max: 5, noNaN: true }),
        (pixels, eps) => {
          const x = Float32Array.from(pixels, ([value]) => value);
          const y = Float64Array.from(pixels, ([, step]) => step);
          const delta = y.slice();
          projectOntoL1Ball(x, 0, delta, eps);
          const sum = (v: Float64Array): number => v.reduce((s, d) => s + Math.abs(d), 0);
          expect(sum(delta)).toBeLessThanOrEqual(eps + 1e-9);
          delta.forEach((d, i) => expect(Math.abs(x[i]! + d - 0.5)).toBeLessThanOrEqual(0.5 + 1e-9));
          if (sum(y) <= eps && y.every((d, i) => x[i]! + d >= 0 && x[i]! + d <= 1))
            expect(Array.from(delta)).toEqual(Array.from(y));
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });
});
