/**
 * Paths of SVG.
 */
import type { BentPoint, Point } from '../plane/boundary.ts';

/** From values to pixels. */
export type Scale = (value: number) => number;

/** A linear scale. */
export function linear([low, high]: readonly [number, number], [from, to]: readonly [number, number]): Scale {
  return (value) => from + ((value - low) / (high - low)) * (to - from);
}

/** Lines through points. */
export function linesPath(lines: readonly (readonly Point[])[], x: Scale, y: Scale): string {
  return lines
    .map((line) => line.map(([a, b], i) => `${i === 0 ? 'M' : 'L'}${px(x(a))} ${px(y(b))}`).join(''))
    .join('');
}

/**
 * The teeth of a curvature comb: from each point of a boundary to its hollow side, as long as it bends, `length` units
 * of the plane for a curvature of 1, and `longest` at most.
 */
export function combPath(
  boundary: readonly (readonly BentPoint[])[],
  { x, y, length, longest }: { x: Scale; y: Scale; length: number; longest: number },
): string {
  const teeth = boundary.flat().map(({ at, normal, curvature }): Point[] => {
    const reach = Math.max(-longest, Math.min(longest, length * curvature));
    return [at, [at[0] + reach * normal[0], at[1] + reach * normal[1]]];
  });
  return linesPath(teeth, x, y);
}

/** Small circles about points, as one path. */
export function dotsPath(points: readonly Point[], radius: number, x: Scale, y: Scale): string {
  const arc = (to: number): string => `a${radius} ${radius} 0 1 0 ${to} 0`;
  const circle = `${arc(2 * radius)}${arc(-2 * radius)}`;
  return points.map(([a, b]) => `M${px(x(a) - radius)} ${px(y(b))}${circle}`).join('');
}

const px = (value: number): string => value.toFixed(1);
