import * as tf from '@tensorflow/tfjs';
import { it } from 'vitest';
import { expectAsOnCpu, onEveryHost } from '../../test/asOnCpu.js';
import { waves } from '../../test/reference.js';
import '../index.js';

onEveryHost('batch normalisation on wasm', () => {
  it('batch normalisation agrees with cpu to 1e-6 of the largest entry', async () => {
    for (const channels of [1, 3, 4, 17, 64]) {
      const parameter = (salt: number, shape: number[] = [channels]): tf.Tensor => tf.abs(waves(shape, salt));
      const x = (): tf.Tensor4D => waves([2, 3, 5, channels], 1) as tf.Tensor4D;
      const normalise = (shape?: number[], offset?: tf.Tensor, scale?: tf.Tensor): tf.Tensor =>
        tf.batchNorm(
          x(),
          parameter(2, shape) as tf.Tensor1D,
          parameter(3, shape) as tf.Tensor1D,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
          1e-3,
        );
      await expectAsOnCpu(() => normalise(), 1e-6);
      await expectAsOnCpu(() => normalise(undefined, parameter(4)), 1e-6);
      await expectAsOnCpu(() => normalise(undefined, undefined, parameter(5)), 1e-6);
      await expectAsOnCpu(() => normalise(undefined, parameter(4), parameter(5)), 1e-6);
      await expectAsOnCpu(
        () => normalise([2, 3, 5, channels], parameter(4, [2, 3, 5, channels]), parameter(5, [2, 3, 5, channels])),
        1e-6,
      );
    }
  });
});
