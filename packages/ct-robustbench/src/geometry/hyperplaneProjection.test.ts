// The projection onto a hyperplane within the pixel range, against the original's numbers and its definition.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { close, goldenUnit } from '../../test/goldenUnit.js';
import { projectOntoHyperplane } from './hyperplaneProjection.js';
import type { Norm } from './norm.js';

const golden = goldenUnit();
const unit = fc.double({ min: 0, max: 1, noNaN: true });
const real = fc.double({ min: -3, max: 3, noNaN: true });

describe('projections', () => {
  const { points, w, b, ...results } = golden.fab_projections;
  for (const norm of ['Linf', 'L2', 'L1'] as const) {
    it(`onto a hyperplane in ${norm} equals the original's to 1e-5`, () => {
      const [rows, size] = points.shape as [number, number];
      for (let row = 0; row < rows; row++) {
        const out = new Float64Array(size);
        projectOntoHyperplane(
          norm,
          Float32Array.from(points.data.slice(row * size, (row + 1) * size)),
          { w: Float32Array.from(w.data.slice(row * size, (row + 1) * size)), b: b[row]! },
          out,
        );
        expect(
          close(out, results[norm.toLowerCase() as 'linf'].data.slice(row * size, (row + 1) * size)),
          `row ${row}`,
        ).toBeLessThan(1e-5);
      }
    });
  }

  it(
    'onto a hyperplane: feasible, on the plane where it can be reached, and no random feasible step is ' + 'shorter',
    () => {
      fc.assert(
        fc.property(
          fc.constantFrom<Norm>('Linf', 'L2', 'L1'),
          fc.array(fc.tuple(unit, real), { minLength: 1, maxLength: 8 }),
          real,
          fc.array(unit, { minLength: 8, maxLength: 8 }),
          (norm, pixels, b, other) => {
            const t = Float32Array.from(pixels, ([value]) => value);
            // Weights below 1e-8 are left alone by design.
            const weights = Float32Array.from(pixels, ([, weight]) => (Math.abs(weight) < 1e-3 ? 0 : weight));
            const d = new Float64Array(t.length);
            projectOntoHyperplane(norm, t, { w: weights, b }, d);
            const dot = (v: ArrayLike<number>): number => weights.reduce((sum, w, i) => sum + w * v[i]!, 0);
            const length = (v: ArrayLike<number>): number =>
              norm === 'Linf'
                ? Math.max(...Array.from(v, Math.abs))
                : norm === 'L1'
                  ? Array.from(v).reduce((s, x) => s + Math.abs(x), 0)
                  : Math.hypot(...Array.from(v));
            d.forEach((step, i) => expect(Math.abs(t[i]! + step - 0.5)).toBeLessThanOrEqual(0.5 + 1e-9));
            const c = dot(t) - b;
            const reach = weights.reduce((sum, w, i) => sum + Math.abs(w) * (c * w >= 0 ? t[i]! : 1 - t[i]!), 0);
            if (reach > Math.abs(c)) expect(Math.abs(dot(t) + dot(d) - b)).toBeLessThan(1e-6);
            // Any other point of the box beyond the plane is at least as far.
            const rival = Float64Array.from(t, (value, i) => other[i]! - value);
            if ((dot(t) + dot(rival) - b) * c <= 0) expect(length(d)).toBeLessThanOrEqual(length(rival) + 1e-6);
          },
        ),
        { seed: 1, numRuns: 500 },
      );
    },
  );
});
