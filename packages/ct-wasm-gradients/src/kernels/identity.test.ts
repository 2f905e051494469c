import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { expectAsOnCpu, onEveryHost, typed } from '../../test/asOnCpu.js';
import { waves } from '../../test/reference.js';
import '../index.js';

onEveryHost('copies and casts on wasm', () => {
  it('casts bools, and floats to what they are and to int32, as cpu does', async () => {
    for (const shape of [[37], [2, 3], [0]]) {
      const a = (): tf.Tensor => tf.greater(waves(shape, 1), 0);
      await expectAsOnCpu(() => tf.cast(a(), 'float32'), 0);
      await expectAsOnCpu(() => tf.cast(a(), 'bool'), 0);
      await expectAsOnCpu(() => tf.cast(waves(shape, 1), 'float32'), 0);
      await expectAsOnCpu(() => tf.cast(tf.mul(waves(shape, 1), 9), 'int32'), 0);
    }
  });

  it('clone shares the data and gives it back with the last handle', () => {
    for (const dtype of ['float32', 'int32', 'bool'] as const) {
      const x = tf.tidy(() => typed(waves([5], 1), dtype));
      const buffers = tf.memory().numDataBuffers;
      const y = tf.clone(x);
      expect(tf.memory().numDataBuffers).toBe(buffers);
      const before = x.dataSync();
      x.dispose();
      expect(y.dataSync()).toEqual(before);
      expect(y.dtype).toBe(dtype);
      y.dispose();
      expect(tf.memory().numDataBuffers).toBe(buffers - 1);
    }
    expect(tf.clone(tf.tensor(['a', 'b'])).dataSync()).toEqual(['a', 'b']);
  });
});
