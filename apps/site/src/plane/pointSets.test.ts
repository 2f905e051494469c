import { describe, expect, it } from 'vitest';
import { POINT_SETS, pointSet, turned } from './pointSets.ts';
import type { PointSetName } from './pointSets.ts';

describe.each(Object.keys(POINT_SETS) as PointSetName[])('%s', (name) => {
  const set = pointSet(name, { count: 200, noise: 0.02, seed: 7 });

  it('has both classes alike, within the square', () => {
    expect(set.labels.reduce((a, b) => a + b)).toBe(100);
    expect(Math.max(...set.points.map(Math.abs))).toBeLessThan(1.2);
  });

  it('is the same for a seed, and another for another', () => {
    expect(pointSet(name, { count: 200, noise: 0.02, seed: 7 })).toEqual(set);
    expect(pointSet(name, { count: 200, noise: 0.02, seed: 8 }).points).not.toEqual(set.points);
  });
});

it('puts XOR into quadrants and circles at their radii, where there is no noise', () => {
  const { points, labels } = pointSet('xor', { count: 100, noise: 0, seed: 1 });
  labels.forEach((label, i) => expect(points[2 * i]! * points[2 * i + 1]! > 0).toBe(label === 0));
  const circles = pointSet('circles', { count: 100, noise: 0, seed: 1 });
  circles.labels.forEach((label, i) =>
    expect(Math.hypot(circles.points[2 * i]!, circles.points[2 * i + 1]!)).toBeCloseTo(label === 0 ? 0.36 : 0.8, 6),
  );
});

it('turns by degrees to the left', () => {
  const { points } = turned({ points: Float32Array.of(1, 0, 0, 2), labels: Uint8Array.of(0, 1) }, 90);
  [0, 1, -2, 0].forEach((value, i) => expect(points[i]).toBeCloseTo(value, 6));
});
