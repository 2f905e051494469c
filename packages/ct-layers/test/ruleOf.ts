import type { Fact } from '../src/graph/read/fact.js';
import type { AttrValue } from '../src/graph/read/graphDef.js';
import type { OpRule } from '../src/graph/read/shapes/shapeRule.js';

/** What the rule of an op, one of a table, makes of values. */
export function ruleOf(
  rules: readonly OpRule[],
): (op: string, values: readonly Fact[], attr?: Record<string, AttrValue>) => Fact | readonly Fact[] | undefined {
  const byOp = new Map(rules);
  return (op, values, attr = {}) => {
    const rule = byOp.get(op);
    if (rule === undefined) throw new Error(`no rule for ${op}`);
    return rule({ name: 'n', op, attr }, values);
  };
}

/** A value of floats. */
export const floats = (...shape: (number | null)[]): Fact => ({ dtype: 'float32', shape });

/** A list of whole numbers that is known. */
export const wholes = (...numbers: (number | null)[]): Fact => ({
  dtype: 'int32',
  shape: [numbers.length],
  wholes: numbers,
});

/** One whole number that is known. */
export const whole = (number: number | null): Fact => ({ dtype: 'int32', shape: [], wholes: [number] });
