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
  const columns = Float64Array.from(begins);
  const result = new Float32Array(data.length);
  for (let first = 0; first < rows; first += TILE) {
    const end = Math.min(rows, first + TILE);
    for (let column = 0; column < columns.length; column++) {
      let to = columns[column]! + first;
      for (let row = first; row < end; row++) result[to++] = data[row * columns.length + column]!;
    }
  }
  return result;
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
