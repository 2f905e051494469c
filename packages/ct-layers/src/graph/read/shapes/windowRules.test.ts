import { describe, expect, it } from 'vitest';
import { floats, ruleOf, whole, wholes } from '../../../../test/ruleOf.js';
import type { AttrValue } from '../graphDef.js';
import { windowRules } from './windowRules.js';

const rule = ruleOf(windowRules);
const ints = (...i: number[]): AttrValue => ({ list: { i } });
const text = (value: string): AttrValue => ({ s: btoa(value) });

describe('convolutions', () => {
  // Sizes by TensorFlow's rules: same ceil(n / s), valid ceil((n − k + 1) / s).
  it.each([
    ['SAME', 1, 1, 7],
    ['SAME', 2, 1, 4],
    ['VALID', 1, 1, 5],
    ['VALID', 2, 1, 3],
    ['VALID', 1, 2, 3],
  ])('with padding %s, stride %i and dilation %i make 7 rows %i', (padding, stride, dilation, rows) => {
    const attr = {
      strides: ints(1, stride, stride, 1),
      dilations: ints(1, dilation, dilation, 1),
      padding: text(padding),
    };
    expect(rule('Conv2D', [floats(null, 7, 7, 2), floats(3, 3, 2, 5)], attr)).toEqual(floats(null, rows, rows, 5));
  });

  it('take explicit paddings', () => {
    const attr = {
      strides: ints(1, 2, 2, 1),
      padding: text('EXPLICIT'),
      explicit_paddings: ints(0, 0, 1, 1, 0, 1, 0, 0),
    };
    expect(rule('Conv2D', [floats(1, 8, 8, 2), floats(3, 3, 2, 5)], attr)).toEqual(floats(1, 4, 4, 5));
  });

  it('put channels first where the node says so', () => {
    const attr = { strides: ints(1, 1, 1, 1), padding: text('SAME'), data_format: text('NCHW') };
    expect(rule('Conv2D', [floats(null, 2, 7, 8), floats(3, 3, 2, 5)], attr)).toEqual(floats(null, 5, 7, 8));
  });

  it('of each channel by itself have channels times the multiplier', () => {
    const attr = { strides: ints(1, 1, 1, 1), padding: text('SAME') };
    expect(rule('DepthwiseConv2dNative', [floats(1, 4, 4, 3), floats(3, 3, 3, 2)], attr)).toEqual(floats(1, 4, 4, 6));
  });

  it('are unknown with a filter of another rank', () => {
    expect(rule('Conv2D', [floats(1, 4, 4, 3), floats(3, 3)])).toBeUndefined();
  });
});

it('pooling keeps batch and channels', () => {
  const attr = { ksize: ints(1, 3, 3, 1), strides: ints(1, 2, 2, 1), padding: text('VALID') };
  expect(rule('MaxPool', [floats(null, 7, null, 2)], attr)).toEqual(floats(null, 3, null, 2));
});

it('resizing takes the size that is given; bilinear makes floats', () => {
  const image = { dtype: 'int32', shape: [1, 4, 4, 3] } as const;
  expect(rule('ResizeBilinear', [image, wholes(8, 9)])).toEqual(floats(1, 8, 9, 3));
  expect(rule('ResizeNearestNeighbor', [image, wholes(8, 9)])).toEqual({ dtype: 'int32', shape: [1, 8, 9, 3] });
});

it('SpaceToBatchND and BatchToSpaceND undo each other', () => {
  const [block, edges] = [wholes(2, 2), wholes(0, 0, 1, 1)];
  expect(rule('SpaceToBatchND', [floats(1, 4, 4, 3), block, edges])).toEqual(floats(null, 2, 3, 3));
  expect(rule('BatchToSpaceND', [floats(4, 2, 3, 3), block, edges])).toEqual(floats(null, 4, 4, 3));
});

it('DepthToSpace moves channels into the image', () => {
  expect(rule('DepthToSpace', [floats(null, 2, 3, 8)], { block_size: { i: '2' } })).toEqual(floats(null, 4, 6, 2));
});

it('transposed convolutions have the shape that they are told', () => {
  const filter = floats(3, 3, 5, 2);
  expect(rule('Conv2DBackpropInput', [wholes(1, 8, 8, 5), filter, floats(1, 4, 4, 2)])).toEqual(floats(1, 8, 8, 5));
  expect(rule('Conv2DBackpropInput', [{}, filter, floats(1, 4, 4, 2)])).toEqual(floats(1, null, null, 5));
});

it('CropAndResize makes an image of each box', () => {
  const boxes = floats(7, 4);
  expect(rule('CropAndResize', [floats(1, 9, 9, 3), boxes, whole(0), wholes(2, 2)])).toEqual(floats(7, 2, 2, 3));
});
