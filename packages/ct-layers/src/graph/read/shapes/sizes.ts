/**
 * Arithmetic of sizes, some of which are open.
 */
import type { Sizes } from '../fact.js';

/** The size of an axis; null for an open one. */
export type Size = number | null;

/** The shape of two values that are broadcast against each other. */
export function broadcast(a: Sizes | undefined, b: Sizes | undefined): Sizes | undefined {
  if (a === undefined || b === undefined) return undefined;
  const [long, short] = a.length >= b.length ? [a, b] : [b, a];
  return long.map((size, axis) => {
    const other = axis < long.length - short.length ? 1 : short[axis - (long.length - short.length)]!;
    if (other === 1 || other === size) return size;
    if (size === 1) return other;
    return size === null ? other : other === null ? size : null;
  });
}

/** An axis counted from the first one; negative ones count from the last. */
export function axisOf(axis: number, shape: Sizes): number {
  return axis < 0 ? axis + shape.length : axis;
}

/** A shape without one of its axes. */
export function without(shape: Sizes | undefined, axis: Size | undefined): Sizes | undefined {
  return shape === undefined || axis == null ? undefined : shape.filter((_, i) => i !== axisOf(axis, shape));
}

/** A shape with one axis more. */
export function inserted(shape: Sizes | undefined, axis: Size | undefined, size: Size): Sizes | undefined {
  if (shape === undefined || axis == null) return undefined;
  const at = axis < 0 ? axis + shape.length + 1 : axis;
  return [...shape.slice(0, at), size, ...shape.slice(at)];
}

/** A shape of which one axis has another size. */
export function resizedAlong(
  shape: Sizes | undefined,
  axis: Size | undefined,
  size: (size: Size) => Size,
): Sizes | undefined {
  return axis == null
    ? shape?.map(() => null)
    : shape?.map((whole, i) => (i === axisOf(axis, shape) ? size(whole) : whole));
}

/** Open sizes for a rank. */
export function nulls(rank: Size | undefined): Sizes | undefined {
  // No tensor of tfjs has more than 6 axes.
  return rank == null || rank > 6 ? undefined : Array.from({ length: rank }, () => null);
}

/** The sum of sizes; open where one is. */
export function sum(sizes: readonly Size[]): Size {
  return sizes.reduce<Size>((a, b) => (a === null || b === null ? null : a + b), 0);
}

/** The product of sizes; open where one is. */
export function product(sizes: readonly Size[] | undefined): Size {
  return sizes === undefined ? null : sizes.reduce<Size>((a, b) => (a === null || b === null ? null : a * b), 1);
}
