import '@tensorflow/tfjs-backend-cpu';
import { setBackend, tensor3d, tensor4d, zeros } from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ImageSource } from './pixelsOf.js';
import { pixelsOf } from './pixelsOf.js';

beforeAll(() => setBackend('cpu'));

describe('pixelsOf', () => {
  it.each<[string, () => ImageSource, number[], number[]]>([
    [
      'RGBA, without its transparency',
      () => ({ data: Uint8Array.of(1, 2, 3, 0), width: 1, height: 1 }),
      [1, 2, 3],
      [1, 1, 3],
    ],
    ['bytes', () => tensor3d([0, 255], [1, 2, 1], 'int32'), [0, 255], [1, 2, 1]],
    ['floats, to the nearest byte', () => tensor4d([0, 0.5, 1.0004], [1, 1, 1, 3]), [0, 128, 255], [1, 1, 3]],
  ])('reads %s', async (_, make, values, shape) => {
    const read = await pixelsOf(make());
    expect([...read.values]).toEqual(values);
    expect(read.shape).toEqual(shape);
  });

  it.each<[string, () => unknown, string]>([
    ['a batch', () => zeros([2, 1, 1, 3]), 'image must be a tensor [height, width, 1 or 3], got [2, 1, 1, 3]'],
    ['four channels', () => zeros([1, 1, 4]), 'got [1, 1, 4]'],
    ['booleans', () => zeros([1, 1, 3], 'bool'), 'image must be an int32 or float32 tensor, got bool'],
    ['pixels in float32', () => tensor3d([200], [1, 1, 1]), 'image must be float32 in [0, 1], got 200'],
    ['integers beyond bytes', () => tensor3d([256], [1, 1, 1], 'int32'), 'image must be int32 in [0, 255], got 256'],
    ['NaN', () => tensor3d([NaN], [1, 1, 1]), 'image must be float32 in [0, 1], got NaN'],
    ['RGB as RGBA', () => ({ data: new Uint8Array(3), width: 1, height: 1 }), 'RGBA of 1 x 1 pixels, got 3 bytes'],
    ['a path, in Node', () => ({}), 'in Node, loadImages of @curvature-tuning/datasets/node takes files'],
  ])('refuses %s', async (_, make, message) => {
    await expect(pixelsOf(make() as Tensor)).rejects.toThrow(message);
  });
});
