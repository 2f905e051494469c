import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { freshBackend } from '../../../test/hosts.js';
import { wasmGradients } from '../../index.js';

beforeAll(() => tf.setBackend('cpu'));

describe('the gradients of dilated convolutions', () => {
  it('stand in front of those that tfjs registers later, once the backend is set up', async () => {
    const dilated = (): tf.Tensor =>
      tf.grad((x) => tf.sum(tf.conv2d(x as tf.Tensor4D, tf.ones([2, 2, 1, 1]), 1, 'same', 'NHWC', 2)))(
        tf.ones([1, 4, 4, 1]),
      );
    const conv2D = tf.getGradient('Conv2D');
    await freshBackend();
    const late = {
      ...conv2D,
      gradFunc: () => {
        throw new Error('the gradient of tfjs');
      },
    };
    tf.registerGradient(late);
    expect(wasmGradients().dilatedGradients).toBe(false);
    expect(dilated).toThrow('the gradient of tfjs');
    await freshBackend();
    expect(wasmGradients().dilatedGradients).toBe(true);
    expect(dilated().shape).toEqual([1, 4, 4, 1]);
    tf.registerGradient(conv2D);
  });

  it('leave dilations on other backends to tfjs, which refuses them', async () => {
    await tf.setBackend('cpu');
    expect(() =>
      tf.grad((x) => tf.sum(tf.conv2d(x as tf.Tensor4D, tf.ones([2, 2, 1, 1]), 1, 'same', 'NHWC', 2)))(
        tf.ones([1, 4, 4, 1]),
      ),
    ).toThrow('dilation rates greater than 1 are not yet supported in gradients');
  });
});
