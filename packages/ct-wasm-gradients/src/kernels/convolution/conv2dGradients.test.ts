import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { convolutionSuite } from '../../../test/convolutionSuite.js';
import { hosts, pretend } from '../../../test/hosts.js';
import { error, waves } from '../../../test/reference.js';
import '../../index.js';

convolutionSuite(false);

describe('the gradients of convolutions on wasm', () => {
  beforeAll(() => pretend(hosts[0]));

  it('count the rows that dimRoundingMode adds', () => {
    // 4 rows, filter 3, stride 2, pad 0: 1.5 rows of output, 2 when rounded up; the second sees a row of padding.
    const [x, filter] = [waves([1, 4, 4, 1], 1), waves([3, 3, 1, 1], 2)];
    const dy = tf.ones([1, 2, 2, 1]);
    const attrs = { strides: [2, 2], pad: 0, dataFormat: 'NHWC' };
    const dfilter = tf
      .engine()
      .runKernel<tf.Tensor>('Conv2DBackpropFilter', { x, dy }, { ...attrs, filterShape: filter.shape });
    const values = x.dataSync();
    const at = (y: number, x: number): number => (y < 4 && x < 4 ? values[4 * y + x]! : 0);
    const exact = [0, 1, 2].flatMap((r) =>
      [0, 1, 2].map((s) => at(r, s) + at(r, s + 2) + at(r + 2, s) + at(r + 2, s + 2)),
    );
    expect(error(dfilter.dataSync(), exact)).toBeLessThan(1e-6);
  });

  it('train images without a batch axis, and transposed convolutions', async () => {
    const both = (): tf.Tensor[] => {
      const [x, filter, pointwise] = [waves([6, 5, 3], 1), waves([3, 3, 3, 4], 2), waves([2, 2, 5, 4], 3)];
      return tf.grads((x, filter, pointwise) => {
        const y = tf.conv2d(x as tf.Tensor3D, filter as tf.Tensor4D, 1, 'same');
        return tf.sum(tf.square(tf.conv2dTranspose(y, pointwise as tf.Tensor4D, [12, 10, 5], 2, 'same')));
      })([x, filter, pointwise]);
    };
    const ours = both().map((t) => t.dataSync());
    await tf.setBackend('cpu');
    both().forEach((t, k) => expect(error(ours[k]!, t.dataSync())).toBeLessThan(1e-5));
    await tf.setBackend('wasm');
  });

  it('leave NCHW to the kernel of tfjs', () => {
    const [dy, filter] = [waves([1, 3, 4, 5], 1), waves([3, 3, 2, 3], 2)];
    const nchw = tf
      .engine()
      .runKernel<tf.Tensor>(
        'Conv2DBackpropInput',
        { dy, filter },
        { strides: [1, 1], pad: 'same', dataFormat: 'NCHW', inputShape: [1, 2, 4, 5] },
      );
    const nhwc = tf
      .engine()
      .runKernel<tf.Tensor>(
        'Conv2DBackpropInput',
        { dy: tf.transpose(dy, [0, 2, 3, 1]), filter },
        { strides: [1, 1], pad: 'same', dataFormat: 'NHWC', inputShape: [1, 4, 5, 2] },
      );
    expect(error(tf.transpose(nhwc, [0, 3, 1, 2]).dataSync(), nchw.dataSync())).toBeLessThan(1e-5);
  });
});
