/**
 * Ops that lay values out anew, or make them of shapes.
 */
import type { Fact } from '../fact.js';
import { wholesAttribute } from '../nodeAttributes.js';
import type { OpRule, ShapeRule } from './shapeRule.js';
import { forOps } from './shapeRule.js';
import { axisOf, inserted, nulls, product, sum } from './sizes.js';

const padded: ShapeRule = (_, [x, paddings]) => {
  const shape = x?.shape ?? nulls(paddings?.shape?.[0]);
  const by = paddings?.wholes;
  return {
    dtype: x?.dtype,
    shape: shape?.map((size, axis) => sum([size, by?.[2 * axis] ?? null, by?.[2 * axis + 1] ?? null])),
  };
};

const reshaped: ShapeRule = (_, [x, shape]) => {
  const wanted = shape?.wholes ?? nulls(shape?.shape?.[0]);
  if (wanted === undefined) return { dtype: x?.dtype, wholes: x?.wholes };
  const [total, rest] = [product(x?.shape), product(wanted.filter((size) => size !== -1))];
  return {
    dtype: x?.dtype,
    wholes: x?.wholes,
    shape: wanted.map((size) =>
      size !== -1 ? size : total !== null && rest !== null && rest > 0 ? total / rest : null,
    ),
  };
};

const squeezed: ShapeRule = (node, [x]) => {
  const axes = wholesAttribute(node, 'axis') ?? wholesAttribute(node, 'squeeze_dims') ?? [];
  if (x?.shape === undefined) return x && { dtype: x.dtype, wholes: x.wholes };
  // Which axes have size 1 is not known before they are.
  if (axes.length === 0 && x.shape.includes(null)) return { dtype: x.dtype, wholes: x.wholes };
  const gone =
    axes.length === 0
      ? x.shape.flatMap((size, axis) => (size === 1 ? [axis] : []))
      : axes.map((axis) => axisOf(axis, x.shape!));
  return { dtype: x.dtype, wholes: x.wholes, shape: x.shape.filter((_, axis) => !gone.includes(axis)) };
};

const expanded: ShapeRule = (_, [x, axis]) => ({
  dtype: x?.dtype,
  wholes: x?.wholes,
  shape: inserted(x?.shape, axis?.wholes?.[0], 1),
});

const transposed: ShapeRule = (_, [x, order]) => {
  const perm = order?.wholes;
  if (x?.shape === undefined || perm?.length !== x.shape.length)
    return { dtype: x?.dtype, shape: x?.shape?.map(() => null) };
  const channels = x.channelsFirst === true ? 1 : x.shape.length - 1;
  return {
    dtype: x.dtype,
    shape: perm.map((axis) => (axis === null ? null : (x.shape![axis] ?? null))),
    channelsFirst: x.shape.length > 2 && perm.indexOf(channels) === 1,
  };
};

const tiled: ShapeRule = (_, [x, reps]) => ({
  dtype: x?.dtype,
  shape: x?.shape?.map((size, axis) => product([size, reps?.wholes?.[axis] ?? null])),
});

const shapeOfValue = (x: Fact | undefined): Fact => ({
  dtype: 'int32',
  shape: [x?.shape?.length ?? null],
  wholes: x?.shape,
});

const filled: ShapeRule = (_, [shape, value]) => ({
  dtype: value?.dtype,
  shape: shape?.wholes ?? nulls(shape?.shape?.[0]),
});

/** The rules of ops that lay out. */
export const layoutRules: readonly OpRule[] = [
  ...forOps(padded, 'Pad PadV2 MirrorPad'),
  ['Reshape', reshaped],
  [
    'EnsureShape',
    (_, [x, shape]) => ({ ...x, shape: x?.shape?.map((size, axis) => size ?? shape?.wholes?.[axis] ?? null) }),
  ],
  ['Squeeze', squeezed],
  ['ExpandDims', expanded],
  ['Transpose', transposed],
  ['Tile', tiled],
  ['Shape', (_, [x]) => shapeOfValue(x)],
  ['ShapeN', (_, values) => values.map(shapeOfValue)],
  ['Rank', (_, [x]) => ({ dtype: 'int32', shape: [], wholes: [x?.shape?.length ?? null] })],
  ['Size', (_, [x]) => ({ dtype: 'int32', shape: [], wholes: [product(x?.shape)] })],
  ['Fill', filled],
  ['BroadcastTo', (_, [x, shape]) => ({ dtype: x?.dtype, shape: shape?.wholes ?? nulls(shape?.shape?.[0]) })],
  ['OneHot', (_, [indices, depth]) => ({ shape: indices?.shape && [...indices.shape, depth?.wholes?.[0] ?? null] })],
];
