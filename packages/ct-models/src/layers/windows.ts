/**
 * Where the windows of a Swin transformer lie: all that its attention needs to know of an image beside its values.
 *
 * Source: Liu et al., "Swin Transformer" (2021), sections 3.2 and 3.3; the numbers are those of torchvision's
 * `shifted_window_attention`.
 */

/** The windows of one image. */
export interface WindowGrid {
  readonly height: number;
  readonly width: number;
  /** The side of a window, which divides height and width. */
  readonly size: number;
  /** By how many rows and columns the image is rolled up and to the left first. */
  readonly shift: readonly [rows: number, columns: number];
}

/** How many windows there are. */
export function windowCount({ height, width, size }: WindowGrid): number {
  return (height / size) * (width / size);
}

/**
 * Which place of the image, `row * width + column`, comes where: window by window, row by row in each, after the image
 * was rolled.
 */
export function windowOrder({ height, width, size, shift }: WindowGrid): Int32Array {
  const order = new Int32Array(height * width);
  let at = 0;
  for (let top = 0; top < height; top += size)
    for (let left = 0; left < width; left += size)
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++)
          order[at++] = ((top + i + shift[0]) % height) * width + ((left + j + shift[1]) % width);
  return order;
}

/** The order that undoes another. */
export function inverseOrder(order: Int32Array): Int32Array {
  const inverse = new Int32Array(order.length);
  order.forEach((place, at) => (inverse[place] = at));
  return inverse;
}

/**
 * Which row of the table of relative positions belongs to a pair of places in a window, of n = size² places `[n, n]`:
 * the row difference, from -(size - 1) on, times 2 size - 1, and the column difference.
 */
export function relativePositions(size: number): Int32Array {
  const places = size * size;
  const result = new Int32Array(places * places);
  for (let a = 0; a < places; a++)
    for (let b = 0; b < places; b++) {
      const rows = Math.floor(a / size) - Math.floor(b / size) + size - 1;
      const columns = (a % size) - (b % size) + size - 1;
      result[a * places + b] = rows * (2 * size - 1) + columns;
    }
  return result;
}

/** What is added to the attention of places that only the roll has brought together; torchvision's number. */
const APART = -100;

/**
 * The mask `[windows, n, n]`: 0 for two places of a window that are neighbours in the image, -100 for others; undefined
 * without a shift.
 */
export function windowMask(grid: WindowGrid): Float32Array | undefined {
  const { height, width, size, shift } = grid;
  if (shift[0] === 0 && shift[1] === 0) return undefined;
  const places = size * size;
  const mask = new Float32Array(windowCount(grid) * places * places);
  const regions = new Int32Array(places);
  let at = 0;
  for (let top = 0; top < height; top += size)
    for (let left = 0; left < width; left += size) {
      for (let k = 0; k < places; k++)
        regions[k] =
          3 * region(top + Math.floor(k / size), { length: height, size, shift: shift[0] }) +
          region(left + (k % size), { length: width, size, shift: shift[1] });
      for (const a of regions) for (const b of regions) mask[at++] = a === b ? 0 : APART;
    }
  return mask;
}

/** Along one axis of a rolled image: 0 before the last window, in it 1 for what belongs there, 2 for what does not. */
function region(at: number, { length, size, shift }: { length: number; size: number; shift: number }): number {
  if (shift === 0 || at < length - size) return 0;
  return at < length - shift ? 1 : 2;
}
