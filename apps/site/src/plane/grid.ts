/**
 * The square that is looked at, [−EXTENT, EXTENT]², and the grid of points in it at which networks are evaluated.
 */

/** Half the side of the square. */
export const EXTENT = 1.25;

/** Points a side of the grid. */
export const GRID = 100;

/** The centres of the cells, `[size², 2]`, from the top left in rows, as images have them. */
export function gridPoints(size: number = GRID): Float32Array {
  const points = new Float32Array(2 * size * size);
  for (let row = 0; row < size; row++)
    for (let column = 0; column < size; column++) {
      const at = 2 * (row * size + column);
      points[at] = toPlane(column + 0.5, size);
      points[at + 1] = -toPlane(row + 0.5, size);
    }
  return points;
}

/** From cells of the grid, 0 at an edge and `size` at the other, to the plane. */
export function toPlane(cells: number, size: number = GRID): number {
  return ((2 * cells) / size - 1) * EXTENT;
}
