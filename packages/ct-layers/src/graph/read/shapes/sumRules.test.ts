import { describe, expect, it } from 'vitest';
import { floats, ruleOf, whole, wholes } from '../../../../test/ruleOf.js';
import { sumRules } from './sumRules.js';

const rule = ruleOf(sumRules);
const yes = { b: true };

describe('matrix products', () => {
  it('have the rows of one and the columns of the other, transposed where asked', () => {
    expect(rule('MatMul', [floats(null, 4), floats(4, 5)])).toEqual(floats(null, 5));
    const transposed = { transpose_a: yes, transpose_b: yes };
    expect(rule('MatMul', [floats(4, 2), floats(5, 4)], transposed)).toEqual(floats(2, 5));
  });

  it('broadcast their batches', () => {
    expect(rule('BatchMatMulV2', [floats(7, 1, 2, 3), floats(6, 3, 4)])).toEqual(floats(7, 6, 2, 4));
    expect(rule('BatchMatMul', [floats(7, 2, 3), floats(7, 4, 3)], { adj_y: yes })).toEqual(floats(7, 2, 4));
  });

  it('are unknown where no width is', () => {
    expect(rule('MatMul', [floats(2, 3), {}])).toBeUndefined();
  });
});

describe('reductions', () => {
  it('lose their axes, or keep them with size 1', () => {
    expect(rule('Mean', [floats(2, 3, 4), wholes(1, -1)])).toMatchObject(floats(2));
    expect(rule('Mean', [floats(2, 3, 4), wholes(1, -1)], { keep_dims: yes })).toMatchObject(floats(2, 1, 1));
  });

  it('know no shape where the axes are open, but a rank where it is kept', () => {
    expect(rule('Sum', [floats(2, 3), { dtype: 'int32' }])).toEqual({ dtype: 'float32', shape: undefined });
    expect(rule('Sum', [floats(2, 3), wholes(null)], { keep_dims: yes })).toEqual(floats(null, null));
  });

  it('multiply the numbers of a shape', () => {
    expect(rule('Prod', [wholes(2, 3, 7), whole(0)])).toMatchObject({ shape: [], wholes: [42] });
  });

  it('of flags are flags, and a norm is a float', () => {
    expect(rule('Any', [{ dtype: 'bool', shape: [3] }, whole(0)])).toMatchObject({ dtype: 'bool', shape: [] });
    expect(rule('EuclideanNorm', [{ dtype: 'int32', shape: [3] }, whole(0)])).toMatchObject({ dtype: 'float32' });
  });
});

it('ArgMax has the shape without its axis, in whole numbers', () => {
  expect(rule('ArgMax', [floats(2, 3), whole(-1)])).toEqual({ dtype: 'int32', shape: [2] });
});

it('Einsum reads sizes off its equation, and gives up on an ellipsis', () => {
  const equation = (text: string): { equation: { s: string } } => ({ equation: { s: btoa(text) } });
  const [a, b] = [floats(2, null, 4), floats(4, 5)];
  expect(rule('Einsum', [a, b], equation('bij, jk -> bik'))).toEqual(floats(2, null, 5));
  expect(rule('Einsum', [a, b], equation('...j,jk->...k'))).toEqual({ dtype: 'float32' });
});

it('TopKV2 gives values and indices', () => {
  expect(rule('TopKV2', [floats(2, 9), whole(3)])).toEqual([floats(2, 3), { dtype: 'int32', shape: [2, 3] }]);
});
