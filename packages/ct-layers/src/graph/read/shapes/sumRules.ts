/**
 * Ops that sum, or choose, along axes: matrix products, statistics, reductions.
 */
import type { Fact, ValueType } from '../fact.js';
import { flagAttribute, textAttribute } from '../nodeAttributes.js';
import type { OpRule, ShapeRule } from './shapeRule.js';
import { forOps } from './shapeRule.js';
import type { Size } from './sizes.js';
import { axisOf, broadcast, product, without } from './sizes.js';

const matMul =
  (transposeA: string, transposeB: string): ShapeRule =>
  (node, [a, b]) => {
    const [rank, width] = [
      a?.shape?.length ?? b?.shape?.length,
      b?.shape?.at(flagAttribute(node, transposeB) ? -2 : -1),
    ];
    if (rank === undefined || width === undefined) return undefined;
    const rows = a?.shape?.at(flagAttribute(node, transposeA) ? -1 : -2) ?? null;
    const batch = rank === 2 ? [] : broadcast(a?.shape?.slice(0, -2), b?.shape?.slice(0, -2));
    return { dtype: 'float32', shape: batch && [...batch, rows, width] };
  };

const batchNorm: ShapeRule = (_, [x]) => [
  { dtype: 'float32', shape: x?.shape },
  ...Array.from({ length: 5 }, (): Fact => ({ dtype: 'float32' })),
];

const reduced =
  (dtype?: ValueType, numbers?: (values: readonly Size[]) => Size): ShapeRule =>
  (node, [x, axes]) => {
    const type = dtype ?? x?.dtype;
    if (x?.shape === undefined) return { dtype: type };
    const along = axes?.wholes?.map((axis) => axis !== null && axisOf(axis, x.shape!));
    const keeps = flagAttribute(node, 'keep_dims');
    if (along === undefined || along.length === 0 || along.includes(false))
      return { dtype: type, shape: keeps ? x.shape.map(() => null) : undefined };
    const shape = keeps
      ? x.shape.map((size, axis) => (along.includes(axis) ? 1 : size))
      : x.shape.filter((_, axis) => !along.includes(axis));
    return { dtype: type, shape, wholes: x.wholes && numbers && shape.length === 0 ? [numbers(x.wholes)] : undefined };
  };

const argument: ShapeRule = (_, [x, axis]) => ({ dtype: 'int32', shape: without(x?.shape, axis?.wholes?.[0]) });

const einsum: ShapeRule = (node, values) => {
  const [left, right] = (textAttribute(node, 'equation') ?? '').replaceAll(' ', '').split('->');
  const terms = left!.split(',');
  if (right === undefined || left!.includes('.') || terms.length !== values.length) return { dtype: 'float32' };
  const sizes = new Map<string, Size>();
  terms.forEach((term, i) =>
    [...term].forEach((axis, at) => sizes.set(axis, values[i]!.shape?.[at] ?? sizes.get(axis) ?? null)),
  );
  return { dtype: 'float32', shape: [...right].map((axis) => sizes.get(axis) ?? null) };
};

/** The rules of ops that sum or choose. */
export const sumRules: readonly OpRule[] = [
  ...forOps(matMul('transpose_a', 'transpose_b'), 'MatMul _FusedMatMul'),
  ...forOps(matMul('adj_x', 'adj_y'), 'BatchMatMul BatchMatMulV2'),
  ['Einsum', einsum],
  ...forOps(batchNorm, 'FusedBatchNorm FusedBatchNormV2 FusedBatchNormV3'),
  ...forOps(reduced(), 'Max Min Mean Sum'),
  ['Prod', reduced(undefined, product)],
  ['EuclideanNorm', reduced('float32')],
  ...forOps(reduced('bool'), 'All Any'),
  ...forOps(argument, 'ArgMax ArgMin'),
  [
    'TopKV2',
    (_, [x, k]) =>
      [x?.dtype, 'int32' as const].map((dtype) => ({
        dtype,
        shape: x?.shape && [...x.shape.slice(0, -1), k?.wholes?.[0] ?? null],
      })),
  ],
];
