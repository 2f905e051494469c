/**
 * Ops that pass values on by conditions.
 */
import type { OpRule, ShapeRule } from './shapeRule.js';

const merge: ShapeRule = (_, values) => {
  const dtype = values.find((value) => value.dtype !== undefined)?.dtype;
  const [first, ...others] = values.map(({ shape }) => shape);
  const isOne = first !== undefined && others.every((shape) => shape?.length === first.length);
  return [
    {
      dtype,
      shape: isOne
        ? first.map((size, axis) => (others.every((shape) => shape![axis] === size) ? size : null))
        : undefined,
    },
    { dtype: 'int32', shape: [] },
  ];
};

/** The rules of ops of control flow. */
export const flowRules: readonly OpRule[] = [
  ['IdentityN', (_, values) => values],
  ['Switch', (_, [x]) => [x ?? {}, x ?? {}]],
  ['Merge', merge],
  ['LoopCond', () => ({ dtype: 'bool', shape: [] })],
];
