import { describe, expect, it } from 'vitest';
import { floats, ruleOf, whole, wholes } from '../../../../test/ruleOf.js';
import { partRules } from './partRules.js';

const rule = ruleOf(partRules);
const i = (value: number): { i: string } => ({ i: String(value) });

describe('ConcatV2', () => {
  it('sums the sizes along its axis, and takes the others from who knows them', () => {
    const values = [floats(null, 2), floats(4, 3), whole(-1)];
    expect(rule('ConcatV2', values, { N: i(2) })).toMatchObject(floats(4, 5));
  });

  it('joins the numbers of shapes', () => {
    expect(rule('ConcatV2', [wholes(1, null), wholes(7), whole(0)], { N: i(2) })).toMatchObject({
      wholes: [1, null, 7],
    });
  });

  it('says nothing of values of several ranks or types', () => {
    expect(rule('ConcatV2', [floats(2), floats(2, 2), whole(0)], { N: i(2) })).toEqual({ dtype: 'float32' });
    expect(rule('ConcatV2', [floats(2), wholes(2), whole(0)], { N: i(2) })).toMatchObject({ dtype: undefined });
  });
});

it('Slice goes to the end where its size is -1', () => {
  expect(rule('Slice', [floats(5, 6), wholes(1, 2), wholes(2, -1)])).toMatchObject({ shape: [2, 4] });
  expect(rule('Slice', [wholes(7, 8, 9), wholes(1), wholes(2)])).toMatchObject({ wholes: [8, 9] });
});

describe('StridedSlice', () => {
  it('takes every second element between bounds, negative ones counted from the end', () => {
    const bounds = [wholes(1), wholes(-1), wholes(2)];
    expect(rule('StridedSlice', [floats(8, 3), ...bounds])).toMatchObject({ shape: [3, 3] });
  });

  it('drops an axis of which it takes one element', () => {
    const bounds = [wholes(1), wholes(2), wholes(1)];
    expect(rule('StridedSlice', [wholes(4, 5, 6), ...bounds], { shrink_axis_mask: i(1) })).toMatchObject({
      shape: [],
      wholes: [5],
    });
  });

  it('takes all where the masks say so, even of an open axis', () => {
    const bounds = [wholes(3), wholes(4), wholes(1)];
    const masks = { begin_mask: i(1), end_mask: i(1) };
    expect(rule('StridedSlice', [floats(null, 3), ...bounds], masks)).toMatchObject({ shape: [null, 3] });
  });

  it('says nothing of an ellipsis', () => {
    const bounds = [wholes(0), wholes(1), wholes(1)];
    expect(rule('StridedSlice', [floats(8), ...bounds], { ellipsis_mask: i(1) })).toEqual({ dtype: 'float32' });
  });
});

it('Pack adds an axis, and makes a shape of numbers', () => {
  expect(rule('Pack', [floats(2), floats(2)], { axis: i(1) })).toMatchObject({ shape: [2, 2] });
  expect(rule('Pack', [whole(3), { dtype: 'int32' }])).toMatchObject({ shape: [2], wholes: [3, null] });
});

it('Unpack takes it away', () => {
  expect(rule('Unpack', [floats(2, 3)])).toEqual(
    [floats(3), floats(3)].map((fact) => ({ ...fact, wholes: undefined })),
  );
  expect(rule('Unpack', [wholes(4, 5)])).toMatchObject([{ wholes: [4] }, { wholes: [5] }]);
});

it('Split parts alike, SplitV as told', () => {
  expect(rule('Split', [whole(1), floats(2, 6)], { num_split: i(3) })).toEqual([
    floats(2, 2),
    floats(2, 2),
    floats(2, 2),
  ]);
  expect(rule('SplitV', [floats(2, 6), wholes(4, -1), whole(1)])).toEqual([floats(2, 4), floats(2, null)]);
});

it('GatherV2 puts the shape of the indices in place of the axis', () => {
  const indices = { dtype: 'int32', shape: [7, 2] } as const;
  expect(rule('GatherV2', [floats(5, 6), indices, whole(1)])).toMatchObject(floats(5, 7, 2));
  expect(rule('GatherV2', [wholes(4, 5, 6), wholes(2, 0), whole(0)])).toMatchObject({ wholes: [6, 4] });
  expect(rule('GatherV2', [floats(5, 6), indices, whole(1)], { batch_dims: i(1) })).toEqual({ dtype: 'float32' });
});
