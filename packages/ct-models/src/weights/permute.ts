/**
 * A transposition of axes on the plain array, so that converting weights needs no backend and leaves no tensor.
 */

/**
 * Reorders axes: axis `k` of the result is axis `order[k]` of the input.
 *
 *     y[i_0, i_1, ...] = x[j_0, j_1, ...]   with  j_order[k] = i_k
 *
 * @param shape The shape of `data`, row-major.
 * @returns The array itself where the order is the identity, a fresh one otherwise.
 */
export function permute(data: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  if (order.every((axis, k) => axis === k)) return data;
  if (order.length > 1 && order.at(-1) === 0) return firstToLast(data, shape, order);
  const rank = shape.length;
  const inputStrides = stridesOf(shape);
  const sizes = order.map((axis) => shape[axis]!);
  const strides = order.map((axis) => inputStrides[axis]!);
  const result = new Float32Array(data.length);
  const index = new Array<number>(rank).fill(0);
  const last = rank - 1;
  const innerSize = sizes[last]!;
  const innerStride = strides[last]!;
  let from = 0;
  for (let to = 0; to < result.length;) {
    for (let i = 0, at = from; i < innerSize; i++, at += innerStride) result[to++] = data[at]!;
    // Steps the outer axes like an odometer.
    for (let k = last - 1; k >= 0; k--) {
      from += strides[k]!;
      index[k] = index[k]! + 1;
      if (index[k]! < sizes[k]!) break;
      from -= strides[k]! * sizes[k]!;
      index[k] = 0;
    }
  }
  return result;
}

/** Rows that are moved together: what they become fills a line of the cache. */
const TILE = 16;
/** Columns that are moved before the next rows are: what is read of them stays in the cache. */
const COLUMNS = 256;

/**
 * The same where the first axis becomes the last, as of every kernel of PyTorch. Its elements lie far apart in the
 * input: walking through the columns with a few rows at once reads and writes whole lines of the cache.
 */
function firstToLast(data: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const [rows] = shape as readonly [number];
  const outer = order.slice(0, -1);
  const outputStrides = stridesOf([...outer.map((axis) => shape[axis]!), rows]);
  // Where each column of the input begins in the result.
  let begins = [0];
  for (let axis = 1; axis < shape.length; axis++) {
    const stride = outputStrides[outer.indexOf(axis)]!;
    begins = begins.flatMap((begin) => Array.from({ length: shape[axis]! }, (_, i) => begin + i * stride));
  }
  const columns = begins.length;
  const result = new Float32Array(data.length);
  // As integers: floats are widened and rounded again on their way through JavaScript.
  const from = new Int32Array(data.buffer, data.byteOffset, data.length);
  const to = new Int32Array(result.buffer);
  for (let left = 0; left < columns; left += COLUMNS) {
    const right = Math.min(columns, left + COLUMNS);
    for (let top = 0; top < rows; top += TILE) {
      if (top + TILE <= rows) {
        for (let column = left; column < right; column++)
          moveTile(from, top * columns + column, columns, to, begins[column]! + top);
      } else {
        for (let column = left; column < right; column++)
          for (let row = top; row < rows; row++) to[begins[column]! + row] = from[row * columns + column]!;
      }
    }
  }
  return result;
}

/**
 * Moves one element each of sixteen rows to places side by side. Written out: as a loop it takes twice as long.
 *
 * @param at Where the first is.
 * @param stride From one row to the next.
 * @param place Where the first goes.
 */
function moveTile(from: Int32Array, at: number, stride: number, to: Int32Array, place: number): void {
  to[place] = from[at]!;
  to[place + 1] = from[at + stride]!;
  to[place + 2] = from[at + 2 * stride]!;
  to[place + 3] = from[at + 3 * stride]!;
  to[place + 4] = from[at + 4 * stride]!;
  to[place + 5] = from[at + 5 * stride]!;
  to[place + 6] = from[at + 6 * stride]!;
  to[place + 7] = from[at + 7 * stride]!;
  to[place + 8] = from[at + 8 * stride]!;
  to[place + 9] = from[at + 9 * stride]!;
  to[place + 10] = from[at + 10 * stride]!;
  to[place + 11] = from[at + 11 * stride]!;
  to[place + 12] = from[at + 12 * stride]!;
  to[place + 13] = from[at + 13 * stride]!;
  to[place + 14] = from[at + 14 * stride]!;
  to[place + 15] = from[at + 15 * stride]!;
}

/** Inverts an order of axes: `permute` by the one undoes `permute` by the other. */
export function invertOrder(order: readonly number[]): number[] {
  const inverse = new Array<number>(order.length);
  order.forEach((axis, k) => (inverse[axis] = k));
  return inverse;
}

function stridesOf(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}
