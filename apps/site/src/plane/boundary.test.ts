import { describe, expect, it } from 'vitest';
import { bend, meanCurvature, STEP, zeroLines } from './boundary.ts';
import { EXTENT, gridPoints } from './grid.ts';

/** Values of a function on the grid. */
function field(of: (x: number, y: number) => number): Float32Array {
  const points = gridPoints();
  return Float32Array.from({ length: points.length / 2 }, (_, i) => of(points[2 * i]!, points[2 * i + 1]!));
}

describe('boundary', () => {
  it.each([0.3, 0.5, 0.9])('of a circle of radius %f has curvature 1 / radius, to 3 %%', (radius) => {
    const lines = zeroLines(field((x, y) => x * x + y * y - radius * radius));
    expect(lines).toHaveLength(1);
    const mean = meanCurvature(bend(lines));
    expect(Math.abs(mean * radius - 1)).toBeLessThan(0.03);
  });

  it('of a straight line has none, to 1e-3, and ends at the border without running along it', () => {
    const lines = zeroLines(field((x, y) => x + 2 * y - 0.1));
    expect(lines).toHaveLength(1);
    const [line] = lines;
    for (const [x, y] of line!) expect(Math.abs(x + 2 * y - 0.1)).toBeLessThan(0.03);
    expect(Math.abs(line![0]![0])).toBeGreaterThan(EXTENT - 0.03);
    expect(meanCurvature(bend(lines))).toBeLessThan(1e-3);
  });

  it('of a corner turns there alone, by the angle of the corner, to 3 %', () => {
    const points = bend(zeroLines(field((x, y) => Math.max(x, y) - 0.2))).flat();
    const turned = points.map(({ curvature }) => Math.abs(curvature) * STEP);
    expect(Math.abs(turned.reduce((a, b) => a + b) / (Math.PI / 2) - 1)).toBeLessThan(0.03);
    expect(turned.filter((angle) => angle > 0.02).length).toBeLessThanOrEqual(3);
  });

  it('has a part for each that is cut by the border, and none where nothing changes sign', () => {
    expect(zeroLines(field((x) => x * x - 0.25))).toHaveLength(2);
    expect(zeroLines(field(() => 1))).toEqual([]);
    expect(zeroLines(field(() => -1))).toEqual([]);
    expect(meanCurvature([])).toBe(0);
  });
});
