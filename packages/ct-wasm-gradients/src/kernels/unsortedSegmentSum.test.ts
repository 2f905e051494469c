import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, it } from 'vitest';
import { error, waves } from '../../test/reference.js';
import '../index.js';

beforeAll(() => tf.setBackend('wasm'));

async function expectAsOnCpu(f: () => tf.Tensor, bound: number): Promise<void> {
  await tf.setBackend('cpu');
  const [expected, shape] = tf.tidy(() => [f().dataSync(), f().shape] as const);
  await tf.setBackend('wasm');
  const got = f();
  expect(got.shape).toEqual(shape);
  expect(error(got.dataSync(), expected)).toBeLessThanOrEqual(bound);
}

it.each([[[6]], [[6, 4]], [[6, 2, 3]], [[6, 0]]])(
  'unsortedSegmentSum agrees with cpu to 1e-6 of the largest entry: %j',
  async (shape) => {
    const ids = (): tf.Tensor1D => tf.tensor1d([2, 0, 2, 7, -1, 1], 'int32');
    await expectAsOnCpu(() => tf.unsortedSegmentSum(waves(shape, 1), ids(), 4), 1e-6);
    await expectAsOnCpu(() => tf.unsortedSegmentSum(tf.cast(tf.mul(waves(shape, 1), 9), 'int32'), ids(), 4), 0);
  },
);

it.each([0, 1, 2])(
  'the gradient of tf.gather along axis %i agrees with cpu to 1e-6 of the largest entry',
  async (axis) => {
    await expectAsOnCpu(
      () =>
        tf.grad((x) => tf.sum(tf.square(tf.gather(x, tf.tensor1d([1, 1, 0, 2], 'int32'), axis))))(waves([3, 4, 5], 1)),
      1e-6,
    );
  },
);

it('says what is wrong with its inputs', () => {
  const run = (x: tf.Tensor, ids: tf.Tensor): tf.Tensor =>
    tf.engine().runKernel('UnsortedSegmentSum', { x, segmentIds: ids }, { numSegments: 3 });
  expect(() => run(tf.zeros([4, 2]), tf.zeros([3], 'int32'))).toThrow(
    new RangeError('UnsortedSegmentSum: segmentIds must have the shape [4], one for each row of x, got [3]'),
  );
  expect(() => run(tf.zeros([4], 'bool'), tf.zeros([4], 'int32'))).toThrow(
    new TypeError('UnsortedSegmentSum: x must be float32 or int32, got bool; cast it'),
  );
});
