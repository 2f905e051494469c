import * as tf from '@tensorflow/tfjs';
import { it } from 'vitest';
import { expectAsOnCpu, onEveryHost } from '../../test/asOnCpu.js';
import { waves } from '../../test/reference.js';
import '../index.js';

onEveryHost('comparisons on wasm', () => {
  it('compares numbers as cpu does, per channel, with a scalar, and NaN with anything', async () => {
    const pairs: [number[], number[]][] = [
      [[2, 3, 17], [17]],
      [[17], [2, 3, 17]],
      [[5, 6], []],
      [[33], [33]],
      [
        [3, 1],
        [1, 3],
      ],
      [[0, 3], [3]],
    ];
    const steps = (shape: number[], salt: number): tf.Tensor => tf.round(tf.mul(waves(shape, salt), 2));
    const withNaN = (shape: number[], salt: number): tf.Tensor => tf.log(tf.add(steps(shape, salt), 1));
    for (const op of ['equal', 'notEqual', 'greater', 'greaterEqual', 'less', 'lessEqual'] as const) {
      for (const [a, b] of pairs) {
        await expectAsOnCpu(() => tf[op](steps(a, 1), steps(b, 2)), 0);
        await expectAsOnCpu(() => tf[op](withNaN(a, 1), withNaN(b, 2)), 0);
      }
      await expectAsOnCpu(() => tf[op](tf.cast(steps([7], 1), 'int32'), tf.cast(steps([7], 2), 'int32')), 0);
    }
  });

  it('combines bools as cpu does', async () => {
    for (const shape of [[37], [2, 3], [0]]) {
      const [a, b] = [1, 2].map((salt) => (): tf.Tensor => tf.greater(waves(shape, salt), 0)) as [
        () => tf.Tensor,
        () => tf.Tensor,
      ];
      await expectAsOnCpu(() => tf.logicalAnd(a(), b()), 0);
      await expectAsOnCpu(() => tf.logicalAnd(a(), tf.scalar(true)), 0);
    }
  });
});
