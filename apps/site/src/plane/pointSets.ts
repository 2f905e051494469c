/**
 * Points of the plane in two classes, of the kinds that are in use to look at classifiers.
 */
import { randomNumbers } from './random.ts';
import type { RandomNumbers } from './random.ts';

/** What there is to choose from, with the names that the page shows. */
export const POINT_SETS = { moons: 'Two moons', circles: 'Circles', spiral: 'Spiral', xor: 'XOR' } as const;

/** A kind of points. */
export type PointSetName = keyof typeof POINT_SETS;

/** Points, `[n, 2]` row by row within [−1, 1]² or little beyond, and their classes, 0 or 1. */
export interface PointSet {
  points: Float32Array;
  labels: Uint8Array;
}

/** Where a point of a class lies without noise; `t` runs from 0 to 1. */
type Shape = (label: number, t: number, random: RandomNumbers) => readonly [x: number, y: number];

const SHAPES: Record<PointSetName, Shape> = {
  moons: (label, t) => {
    const angle = Math.PI * t;
    const [x, y] = label === 0 ? [Math.cos(angle), Math.sin(angle)] : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
    return [0.62 * (x - 0.5), 0.62 * (y - 0.25)];
  },
  circles: (label, t) => {
    const radius = label === 0 ? 0.36 : 0.8;
    return [radius * Math.cos(2 * Math.PI * t), radius * Math.sin(2 * Math.PI * t)];
  },
  spiral: (label, t) => {
    // The square root spreads points evenly along the arm.
    const turn = Math.sqrt(t);
    const angle = 3.2 * Math.PI * turn + label * Math.PI;
    return [0.95 * turn * Math.cos(angle), 0.95 * turn * Math.sin(angle)];
  },
  xor: (label, _, { uniform }) => {
    const [x, y] = [0.06 + 0.84 * uniform(), 0.06 + 0.84 * uniform()];
    const side = uniform() < 0.5 ? 1 : -1;
    return [side * x, (label === 0 ? side : -side) * y];
  },
};

/**
 * `count` points, half of each class in turn.
 *
 * @param noise Standard deviation of what is added to both coordinates.
 */
export function pointSet(
  name: PointSetName,
  { count, noise, seed }: { count: number; noise: number; seed: number },
): PointSet {
  const random = randomNumbers(seed);
  const points = new Float32Array(2 * count);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const label = i % 2;
    const [x, y] = SHAPES[name](label, random.uniform(), random);
    points[2 * i] = x + noise * random.normal();
    points[2 * i + 1] = y + noise * random.normal();
    labels[i] = label;
  }
  return { points, labels };
}

/** Turns points about the origin, by degrees. */
export function turned({ points, labels }: PointSet, degrees: number): PointSet {
  const [cos, sin] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const to = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    to[i] = cos * points[i]! - sin * points[i + 1]!;
    to[i + 1] = sin * points[i]! + cos * points[i + 1]!;
  }
  return { points: to, labels };
}

/** The points of class 0 and those of class 1. */
export function pointsByClass({ points, labels }: PointSet): (readonly [x: number, y: number])[][] {
  const of = (label: number): (readonly [number, number])[] =>
    [...labels].flatMap((own, i) => (own === label ? [[points[2 * i]!, points[2 * i + 1]!] as const] : []));
  return [of(0), of(1)];
}
