/**
 * The decision boundary, where a network's logit is 0, and how it bends.
 *
 * A boundary is lines of points at equal distances STEP along it. Its curvature at a point is the angle by which it
 * turns there over that distance: of a circle 1 / radius, of a polygon 0 between its corners.
 */
import { contours } from 'd3-contour';
import { GRID, toPlane } from './grid.ts';

/** Distance of neighbours along a line in the plane: three cells of the grid, so that cells do not show. */
export const STEP = 0.075;

/** Within this many cells of the border, a ring of the contour runs along the border. */
const BORDER = 0.51;

/** A point of the plane. */
export type Point = readonly [x: number, y: number];

/** A point of a boundary: its unit normal, and how much the boundary turns there, per unit of length, to the left. */
export interface BentPoint {
  at: Point;
  normal: Point;
  curvature: number;
}

/** Where values on the grid change sign, as lines in the plane; what would run along the border is left out. */
export function zeroLines(values: ArrayLike<number>, size: number = GRID): Point[][] {
  const [zero] = contours().size([size, size]).thresholds([0])(Array.from(values));
  const rings = zero!.coordinates.flat() as [number, number][][];
  return rings.flatMap((ring) => inside(ring, size));
}

/** The points of a boundary, bent as they are. */
export function bend(lines: readonly (readonly Point[])[]): BentPoint[][] {
  return lines.map((line) => bendLine(resample(line, STEP))).filter((line) => line.length > 0);
}

/** The mean of the absolute curvature along a boundary, in 1 / units of the plane; 0 of none. */
export function meanCurvature(boundary: readonly (readonly BentPoint[])[]): number {
  const all = boundary.flat();
  if (all.length === 0) return 0;
  return all.reduce((sum, { curvature }) => sum + Math.abs(curvature), 0) / all.length;
}

/** The parts of a closed ring that lie off the border, in the plane. A ring that never touches it stays closed. */
function inside(ring: readonly [number, number][], size: number): Point[][] {
  const onBorder = ([x, y]: [number, number]): boolean => Math.min(x, y) < BORDER || Math.max(x, y) > size - BORDER;
  const first = ring.findIndex(onBorder);
  const toPoint = ([x, y]: [number, number]): Point => [toPlane(x, size), -toPlane(y, size)];
  if (first === -1) return [ring.map(toPoint)];
  // From a point of the border on, so that no part is cut in two where the ring begins.
  const open = ring.slice(0, -1);
  const turned = [...open.slice(first), ...open.slice(0, first), open[first]!];
  const parts: Point[][] = [];
  let part: Point[] = [];
  for (const [i, corner] of turned.entries()) {
    if (!onBorder(corner)) {
      // The crossing of the border belongs to the part.
      if (part.length === 0 && i > 0) part.push(toPoint(turned[i - 1]!));
      part.push(toPoint(corner));
    } else if (part.length > 0) {
      parts.push([...part, toPoint(corner)]);
      part = [];
    }
  }
  return parts;
}

/** Points at equal distances along a line, from its first on. */
function resample(line: readonly Point[], step: number): Point[] {
  const points: Point[] = line.length > 0 ? [line[0]!] : [];
  let left = step;
  for (let i = 1; i < line.length; i++) {
    const [[x0, y0], [x1, y1]] = [line[i - 1]!, line[i]!];
    const length = Math.hypot(x1 - x0, y1 - y0);
    for (; left <= length; left += step) {
      const t = left / length;
      points.push([x0 + t * (x1 - x0), y0 + t * (y1 - y0)]);
    }
    left -= length;
  }
  return points;
}

function bendLine(points: readonly Point[]): BentPoint[] {
  return points.slice(1, -1).map((at, i) => {
    const [before, after] = [points[i]!, points[i + 2]!];
    const [inX, inY] = [at[0] - before[0], at[1] - before[1]];
    const [outX, outY] = [after[0] - at[0], after[1] - at[1]];
    const turn = Math.atan2(inX * outY - inY * outX, inX * outX + inY * outY);
    const [x, y] = [after[0] - before[0], after[1] - before[1]];
    const length = Math.hypot(x, y) || 1;
    return { at, normal: [-y / length, x / length], curvature: turn / STEP };
  });
}
