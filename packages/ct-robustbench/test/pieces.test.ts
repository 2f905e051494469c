// The deterministic pieces of the attacks against the original's numbers and against their definitions.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { squareShare } from '../src/attacks/square.js';
import { bump, squarePattern } from '../src/attacks/squarePattern.js';
import { projectOntoHyperplane } from '../src/geometry/hyperplaneProjection.js';
import { projectOntoL1Ball } from '../src/geometry/l1Projection.js';
import type { Norm } from '../src/geometry/norm.js';
import { RandomStream } from '../src/data/randomStream.js';
import { goldenUnit } from './goldenUnit.js';

const golden = goldenUnit();
const close = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));

describe('projections', () => {
  const { points, w, b, ...results } = golden.fab_projections;
  for (const norm of ['Linf', 'L2', 'L1'] as const) {
    it(`onto a hyperplane in ${norm} equals the original's to 1e-5`, () => {
      const [rows, size] = points.shape as [number, number];
      for (let row = 0; row < rows; row++) {
        const out = new Float64Array(size);
        projectOntoHyperplane(
          norm,
          Float32Array.from(points.data),
          row * size,
          Float32Array.from(w.data),
          row * size,
          b[row]!,
          out,
        );
        expect(
          close(out, results[norm.toLowerCase() as 'linf'].data.slice(row * size, (row + 1) * size)),
          `row ${row}`,
        ).toBeLessThan(1e-5);
      }
    });
  }

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

  const unit = fc.double({ min: 0, max: 1, noNaN: true });
  const real = fc.double({ min: -3, max: 3, noNaN: true });
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
            projectOntoHyperplane(norm, t, 0, weights, 0, b, d);
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

describe('square', () => {
  it("covers the shares of the original's schedule exactly", () => {
    const { p_init: initialShare, iters, p } = golden.square_p_schedule_no_rescale;
    expect(iters.map((query) => squareShare(query, { initialShare }))).toEqual(p);
  });

  it('stretches the schedule to the queries there are', () => {
    expect(squareShare(50, { queries: 100, rescaleSchedule: true })).toBe(0.8 / 2 ** 7);
  });

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

describe('random streams', () => {
  it('depend on seed and keys, and repeat', () => {
    const draw = (...keys: (string | number)[]): number => new RandomStream(7, ...keys).uniform();
    expect(draw('a', 1)).toBe(draw('a', 1));
    expect(new Set([draw('a', 1), draw('a', 2), draw('b', 1), new RandomStream(8, 'a', 1).uniform()]).size).toBe(4);
  });

  it('are standard normal to four standard errors, and Poisson with the right mean and variance', () => {
    const random = new RandomStream(3);
    const n = 40000;
    const moments = (draws: number[]): [number, number] => {
      const mean = draws.reduce((s, v) => s + v, 0) / n;
      return [mean, draws.reduce((s, v) => s + (v - mean) ** 2, 0) / n];
    };
    const [mean, variance] = moments(Array.from({ length: n }, () => random.normal()));
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(n));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
    for (const rate of [0.5, 30, 600]) {
      const [m, v] = moments(Array.from({ length: n }, () => random.poisson(rate)));
      expect(Math.abs(m - rate), `rate ${rate}`).toBeLessThan(4 * Math.sqrt(rate / n));
      expect(Math.abs(v / rate - 1), `rate ${rate}`).toBeLessThan(4 * Math.sqrt((2 + 1 / rate) / n));
    }
  });
});
