/**
 * Ops that put values together, and take parts of them.
 */
import type { Fact } from '../fact.js';
import { numberAttribute } from '../nodeAttributes.js';
import type { OpRule, ShapeRule } from './shapeRule.js';
import { forOps } from './shapeRule.js';
import type { Size } from './sizes.js';
import { axisOf, inserted, resizedAlong, sum, without } from './sizes.js';

const concatenated = (values: readonly Fact[], axis: Size | undefined): Fact => {
  const first = values[0];
  const shapes = values.map(({ shape }) => shape);
  const known = shapes.find((shape) => shape !== undefined);
  const at = known && axis != null ? axisOf(axis, known) : undefined;
  const dtype = values.every((value) => value.dtype === first?.dtype) ? first?.dtype : undefined;
  if (
    known === undefined ||
    at === undefined ||
    shapes.some((shape) => shape !== undefined && shape.length !== known.length)
  )
    return { dtype };
  const shape = known.map((_, i) => {
    const sizes = shapes.map((other) => other?.[i] ?? null);
    return i === at ? sum(sizes) : (sizes.find((size) => size !== null) ?? null);
  });
  return {
    dtype,
    shape,
    wholes:
      known.length === 1 && values.every(({ wholes }) => wholes !== undefined)
        ? values.flatMap(({ wholes }) => wholes!)
        : undefined,
  };
};

const sliced: ShapeRule = (_, [x, begin, size]) => {
  if (x?.shape === undefined) return x && { dtype: x.dtype };
  const [starts, sizes] = [begin?.wholes, size?.wholes];
  const shape = x.shape.map((whole, axis) =>
    sizes?.[axis] === -1 ? sum([whole, starts?.[axis] == null ? null : -starts[axis]]) : (sizes?.[axis] ?? null),
  );
  const [start, length] = [starts?.[0], shape[0]];
  return {
    dtype: x.dtype,
    shape,
    wholes: shape.length === 1 && start != null && length != null ? x.wholes?.slice(start, start + length) : undefined,
  };
};

const stridedSlice: ShapeRule = (node, [x, begin, end, strides]) => {
  const [b, e, s] = [
    begin?.wholes,
    end?.wholes,
    strides?.wholes?.includes(null) === true ? undefined : strides?.wholes,
  ];
  const mask = (name: string): number => numberAttribute(node, name, 0);
  if (x?.shape === undefined || b === undefined || e === undefined || s === undefined) return x && { dtype: x.dtype };
  if (mask('ellipsis_mask') !== 0 || mask('new_axis_mask') !== 0 || b.length > x.shape.length)
    return { dtype: x.dtype };
  const [begins, ends, shrinks] = [mask('begin_mask'), mask('end_mask'), mask('shrink_axis_mask')];
  const shape: Size[] = [];
  let wholes: readonly Size[] | undefined;
  x.shape.forEach((size, axis) => {
    const isOpen = (bits: number): boolean => axis >= b.length || (bits & (1 << axis)) !== 0;
    const step = s[axis] ?? 1;
    const isOne = axis < b.length && (shrinks & (1 << axis)) !== 0;
    const from = isOpen(begins) && !isOne ? (step > 0 ? 0 : -1) : b[axis];
    const to = isOpen(ends) ? undefined : e[axis];
    if (x.shape!.length === 1 && x.wholes !== undefined && from != null && step === 1 && to !== null)
      wholes = isOne ? [x.wholes.at(from) ?? null] : x.wholes.slice(from, to);
    if (isOne) return;
    if (step === 1 && from === 0 && to === undefined) shape.push(size);
    else if (step < 1 || from == null || to === null || size === null) shape.push(null);
    else shape.push(Math.max(0, Math.ceil((clamped(to ?? size, size) - clamped(from, size)) / step)));
  });
  return { dtype: x.dtype, shape, wholes };
};

const packed: ShapeRule = (node, values) => {
  const known = values.find(({ shape }) => shape !== undefined)?.shape;
  const dtype = values[0]?.dtype;
  // Scalars of which only the type is known are parts of a shape, too.
  const wholes = known?.length === 0 ? values.map((value) => value.wholes?.[0] ?? null) : undefined;
  return { dtype, shape: inserted(known, numberAttribute(node, 'axis', 0), values.length), wholes };
};

const unpacked: ShapeRule = (node, [x]) => {
  const axis = numberAttribute(node, 'axis', 0);
  const count = x?.shape?.at(axis) ?? numberAttribute(node, 'num', 0);
  return Array.from({ length: Math.min(count, 1024) }, (_, i): Fact => ({
    dtype: x?.dtype,
    shape: without(x?.shape, axis),
    wholes: x?.shape?.length === 1 && x.wholes ? [x.wholes[i] ?? null] : undefined,
  }));
};

const split: ShapeRule = (node, [axis, x]) => {
  const count = numberAttribute(node, 'num_split', 1);
  return Array.from({ length: Math.min(count, 1024) }, (): Fact => ({
    dtype: x?.dtype,
    shape: resizedAlong(x?.shape, axis?.wholes?.[0], (size) => (size === null ? null : size / count)),
  }));
};

const splitV: ShapeRule = (_, [x, sizes, axis]) =>
  sizes?.wholes?.map((size): Fact => ({
    dtype: x?.dtype,
    shape: resizedAlong(x?.shape, axis?.wholes?.[0], () => (size === -1 ? null : size)),
  }));

const gathered: ShapeRule = (node, [x, indices, along]) => {
  const axis = along === undefined ? 0 : along.wholes?.[0];
  if (
    x?.shape === undefined ||
    indices?.shape === undefined ||
    axis == null ||
    numberAttribute(node, 'batch_dims', 0) !== 0
  )
    return x && { dtype: x.dtype };
  const at = axisOf(axis, x.shape);
  const wholes =
    x.shape.length === 1 && x.wholes !== undefined
      ? indices.wholes?.map((i) => (i === null ? null : (x.wholes!.at(i) ?? null)))
      : undefined;
  return { dtype: x.dtype, shape: [...x.shape.slice(0, at), ...indices.shape, ...x.shape.slice(at + 1)], wholes };
};

/** The rules of ops that join and part. */
export const partRules: readonly OpRule[] = [
  // tfjs takes as many as N says, two where nothing does.
  [
    'Concat',
    (node, [axis, ...values]) => concatenated(values.slice(0, numberAttribute(node, 'N', 2)), axis?.wholes?.[0]),
  ],
  [
    'ConcatV2',
    (node, values) =>
      concatenated(values.slice(0, -1).slice(0, numberAttribute(node, 'N', 2)), values.at(-1)?.wholes?.[0]),
  ],
  ['Slice', sliced],
  ['StridedSlice', stridedSlice],
  ['Pack', packed],
  ['Unpack', unpacked],
  ['Split', split],
  ['SplitV', splitV],
  ...forOps(gathered, 'Gather GatherV2'),
];

function clamped(index: number, size: number): number {
  return Math.min(size, Math.max(0, index < 0 ? index + size : index));
}
