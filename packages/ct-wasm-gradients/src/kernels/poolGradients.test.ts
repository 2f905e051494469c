import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { it } from 'vitest';
import { expectAsOnCpu, onEveryHost, SLOW } from '../../test/asOnCpu.js';
import { waves } from '../../test/reference.js';
import '../index.js';

onEveryHost('the gradients of pools on wasm', () => {
  it.each(['maxPool', 'avgPool'] as const)(
    'the gradient of %s agrees with cpu to 1e-6 of the largest entry for drawn pools',
    async (op) => {
      const size = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max });
      const pair = (max: number): fc.Arbitrary<[number, number]> => fc.tuple(size(1, max), size(1, max));
      const pools = fc.record({
        shape: fc.tuple(size(0, 2), size(1, 9), size(1, 9), size(1, 9)),
        filter: pair(4),
        strides: pair(3),
        pad: fc.oneof(fc.constantFrom<'same' | 'valid'>('same', 'valid'), size(0, 2)),
      });
      await fc.assert(
        fc.asyncProperty(pools, fc.boolean(), async ({ shape, filter, strides, pad }, ties) => {
          const [y, x] = [1, 2].map(
            (axis) => tf.backend_util.computePool2DInfo(shape, filter, strides, 1, pad).outShape[axis]!,
          ) as [number, number];
          fc.pre(y > 0 && x > 0);
          const input = (): tf.Tensor => (ties ? tf.round(waves(shape, 1)) : waves(shape, 1));
          // The kernel alone: tfjs's own forward pools on wasm crash on some of these, 1x1 and whole windows of
          // padding.
          await expectAsOnCpu(() => {
            const [x4, dy] = [input(), waves([shape[0], y, x, shape[3]], 2)];
            return tf
              .engine()
              .runKernel<tf.Tensor>(
                op === 'maxPool' ? 'MaxPoolGrad' : 'AvgPoolGrad',
                { dy, input: x4, output: dy },
                { filterSize: filter, strides, pad },
              );
          }, 1e-6);
        }),
        { numRuns: 100 },
      );
    },
    SLOW,
  );

  it('pools pass gradients through ties, infinities and NaN as on cpu', async () => {
    const x = (): tf.Tensor4D =>
      tf.tensor4d(
        [0, 0, 0, 0, -Infinity, -Infinity, -Infinity, -Infinity, NaN, 1, NaN, 2, Infinity, 1, Infinity, 2],
        [1, 2, 8, 1],
      );
    const repeated = (): tf.Tensor => tf.tile(x(), [1, 1, 1, 5]);
    for (const input of [x, repeated]) {
      await expectAsOnCpu(
        () =>
          tf.grad((t) => tf.maxPool(t as tf.Tensor4D, 2, 2, 'valid'))(input(), tf.ones([1, 1, 4, input().shape[3]!])),
        0,
      );
    }
  });
});
