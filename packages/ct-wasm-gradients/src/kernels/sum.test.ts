import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expectAsOnCpu, onEveryHost, shapes, SLOW, typed } from '../../test/asOnCpu.js';
import { waves } from '../../test/reference.js';
import '../index.js';

onEveryHost('sums and means on wasm', () => {
  it.each(['sum', 'mean'] as const)(
    '%s agrees with cpu to 1e-6 of the largest entry for drawn shapes and axes',
    async (op) => {
      await fc.assert(
        fc.asyncProperty(shapes, fc.infiniteStream(fc.boolean()), fc.boolean(), async (shape, coins, keepDims) => {
          const axes = shape.flatMap((_, axis) => (coins.next().value ? [axis] : []));
          // The mean of nothing is NaN on both, which the comparison does not take.
          fc.pre(op === 'sum' || !shape.includes(0));
          await expectAsOnCpu(() => tf[op](tf.add(waves(shape, 1), 1), axes, keepDims), 1e-6);
        }),
        { numRuns: 100 },
      );
    },
    SLOW,
  );

  it('sums columns and rows of all lengths to 1e-6', async () => {
    for (const [rows, columns] of [
      [1, 1],
      [3, 15],
      [64, 16],
      [65, 17],
      [130, 33],
      [5, 2049],
      [2, 5000],
      [1, 1025],
      [7, 1040],
    ] as const) {
      const x = (): tf.Tensor => tf.add(waves([2, rows, columns], 1), 1);
      for (const axis of [0, 1, 2]) await expectAsOnCpu(() => tf.sum(x(), axis), 1e-6);
    }
  });

  it('sums 4,000,000 equal numbers to 1e-6, by rows and by columns', () => {
    for (const shape of [[4_000_000], [1_000_000, 4]]) {
      const sums = tf.sum(tf.fill(shape, 0.1), 0).dataSync();
      for (const sum of sums) expect(Math.abs(sum / (shape[0]! * Math.fround(0.1)) - 1)).toBeLessThan(1e-6);
    }
  });

  it.each(['int32', 'bool'] as const)('sum and mean of %s are as on cpu', async (dtype) => {
    const x = (): tf.Tensor => typed(tf.mul(waves([3, 4, 5], 1), 3), dtype);
    await expectAsOnCpu(() => tf.sum(x(), [0, 1]), 0);
    await expectAsOnCpu(() => tf.mean(x(), [0, 1]), 1e-6);
  });
});
