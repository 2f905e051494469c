import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { hosts, pretend } from '../../../test/hosts.js';
import '../../index.js';

beforeAll(() => pretend(hosts[0]));

it('the gradients of convolutions say what is wrong with their inputs', () => {
  const run = (kernel: string, inputs: tf.NamedTensorMap, attrs: object): tf.Tensor =>
    tf.engine().runKernel(kernel, inputs, { strides: [1, 1], pad: 'same', ...attrs } as tf.NamedAttrMap);
  const [x, dy, filter] = [tf.zeros([1, 4, 4, 2]), tf.zeros([1, 4, 4, 3]), tf.zeros([3, 3, 2, 3])];
  expect(() => run('Conv2DBackpropFilter', { x: tf.cast(x, 'int32'), dy }, { filterShape: filter.shape })).toThrow(
    new TypeError('Conv2DBackpropFilter: x must be float32, got int32; cast it'),
  );
  expect(() => run('Conv2DBackpropFilter', { x, dy }, { filterShape: filter.shape, dataFormat: 'NCHW' })).toThrow(
    'Conv2DBackpropFilter: dataFormat must be NHWC, got NCHW; transpose the tensors',
  );
  expect(() => run('Conv2DBackpropInput', { dy, filter: tf.zeros([3, 3, 2, 4]) }, { inputShape: x.shape })).toThrow(
    'Conv2DBackpropInput: x of shape [1, 4, 4, 2] and a filter of shape [3, 3, 2, 4] give [1, height, ' +
      'width, 4], and dy has the shape [1, 4, 4, 3]',
  );
  expect(() => run('DepthwiseConv2dNativeBackpropFilter', { x, dy }, { filterShape: [3, 3, 2, 2] })).toThrow(
    RangeError,
  );
  expect(() =>
    run('DepthwiseConv2dNativeBackpropInput', { dy: tf.cast(dy, 'bool'), filter }, { inputShape: x.shape }),
  ).toThrow(TypeError);
});
