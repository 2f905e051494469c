import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EPSILON, phi, phiDbeta, phiDcoeff, phiDx } from './math.js';

interface Grid {
  x: number[];
  cases: { beta: number; c: number; y: number[]; dx: number[]; dbeta: number[]; dc: number[] }[];
}
const grid = JSON.parse(readFileSync(new URL('../test/golden/ctu_grid.json', import.meta.url), 'utf8')) as Grid;

const quantities = { y: phi, dx: phiDx, dbeta: phiDbeta, dc: phiDcoeff };

describe('math', () => {
  for (const [name, f] of Object.entries(quantities)) {
    it(`${name} agrees with 50-digit arithmetic to 2e-15 · max(1, |exact|)`, () => {
      let checked = 0;
      for (const row of grid.cases) {
        grid.x.forEach((x, i) => {
          const exact = row[name as keyof typeof quantities][i]!;
          expect(Math.abs(f(x, row.beta, row.c) - exact)).toBeLessThanOrEqual(2e-15 * Math.max(1, Math.abs(exact)));
          checked++;
        });
      }
      expect(checked).toBe(40 * 95);
    });
  }

  it('derivatives agree with central differences to 1e-6 where those are trustworthy', () => {
    const h = 1e-5;
    fc.assert(
      fc.property(
        fc.double({ min: -5, max: 5, noNaN: true }),
        fc.double({ min: 0.1, max: 0.95, noNaN: true }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (x, beta, c) => {
          const slack = 1e-6 / (1 - beta) ** 4;
          expect(Math.abs((phi(x + h, beta, c) - phi(x - h, beta, c)) / (2 * h) - phiDx(x, beta, c))).toBeLessThan(
            slack,
          );
          expect(Math.abs((phi(x, beta + h, c) - phi(x, beta - h, c)) / (2 * h) - phiDbeta(x, beta, c))).toBeLessThan(
            slack,
          );
          expect(Math.abs((phi(x, beta, c + h) - phi(x, beta, c - h)) / (2 * h) - phiDcoeff(x, beta, c))).toBeLessThan(
            1e-9,
          );
        },
      ),
    );
  });

  it('is within 7e-7 of ReLU at beta = 1', () => {
    for (const x of [...grid.x, 1e-7, -1e-7, 3e-6]) {
      for (const c of [0, 0.5, 1]) expect(Math.abs(phi(x, 1, c) - Math.max(x, 0))).toBeLessThan(7e-7);
    }
  });

  it('is never NaN or of the wrong sign of infinity for finite x, and even or odd where the formulas say so', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (x, beta, c) => {
          expect(Number.isFinite(phi(x, beta, c))).toBe(true);
          expect(phiDx(x, beta, c)).toBeGreaterThan(-0.11);
          expect(phiDx(x, beta, c)).toBeLessThan(1.11);
          expect(phiDx(x, beta, c) + phiDx(-x, beta, c)).toBeCloseTo(1, 12);
          expect(phiDbeta(x, beta, c)).toBe(phiDbeta(-x, beta, c));
          expect(phiDcoeff(x, beta, c)).toBeLessThanOrEqual(0);
        },
      ),
    );
  });

  it('takes the limits at infinite x', () => {
    for (const beta of [0.001, 0.5, 1]) {
      for (const c of [0, 0.5, 1]) {
        expect(phi(Infinity, beta, c)).toBe(Infinity);
        expect(phi(-Infinity, beta, c)).toBe(0);
        expect(phiDx(Infinity, beta, c)).toBe(1);
        expect(phiDx(-Infinity, beta, c)).toBe(0);
        expect(phiDbeta(-Infinity, beta, c)).toBeCloseTo(0);
        expect(phiDcoeff(Infinity, beta, c)).toBe(0);
      }
    }
    // At beta = 0 the SiLU part is the line c·x/2.
    expect(phi(Infinity, 0, 1)).toBe(Infinity);
    expect(phi(-Infinity, 0, 0.5)).toBe(-Infinity);
    expect(phi(-Infinity, 0, 0)).toBe(0);
    expect(phiDx(Infinity, 0, 0.5)).toBe(0.75);
    expect(phiDx(-Infinity, 0, 0.5)).toBe(0.25);
    expect(phiDbeta(Infinity, 0, 0.5)).toBe(Infinity);
    expect(phiDbeta(Infinity, 0, 0)).toBeCloseTo(0);
    expect(phiDcoeff(-Infinity, 0, 0.5)).toBe(-Infinity);
  });

  it('keeps NaN of any argument', () => {
    for (const [name, f] of Object.entries(quantities)) {
      expect(f(NaN, 0.5, 0.5), name).toBeNaN();
      expect(f(1, NaN, 0.5), name).toBeNaN();
      expect(f(-Infinity, NaN, 0.5), name).toBeNaN();
    }
    expect(phi(1, 0.5, NaN)).toBeNaN();
  });

  it('has closed values at zero', () => {
    expect(phi(0, 0.7, 0.5)).toBeCloseTo(0.5 * (0.3 + EPSILON) * Math.LN2, 15);
    expect(phiDx(0, 0.3, 0.2)).toBe(0.5);
    expect(phiDbeta(0, 0.3, 0.2)).toBeCloseTo(-0.8 * Math.LN2, 15);
  });
});
