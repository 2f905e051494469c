import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expectAsOnCpu, onBoth, onEveryHost, shapes, SLOW } from '../../test/asOnCpu.js';
import { waves } from '../../test/reference.js';
import '../index.js';

const OPERATIONS = ['add', 'sub', 'mul', 'div', 'maximum', 'minimum'] as const;

onEveryHost('sums, differences, products, quotients and extremes on wasm', () => {
  it.each(OPERATIONS)(
    '%s is exactly as on cpu for drawn shapes that broadcast',
    async (op) => {
      const operand = fc.array(fc.record({ one: fc.boolean(), cut: fc.boolean() }), { minLength: 5, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(shapes, operand, operand, async (shape, left, right) => {
          const thin = (form: { one: boolean; cut: boolean }[]): number[] => {
            const ones = shape.map((size, i) => (form[i]!.one ? 1 : size));
            return form[0]!.cut ? ones.slice(Math.floor(ones.length / 2)) : ones;
          };
          await expectAsOnCpu(() => tf[op](waves(thin(left), 1), tf.add(waves(thin(right), 2), 4)), 1e-7);
        }),
        { numRuns: 100 },
      );
    },
    SLOW,
  );

  it('computes with numbers per channel, scalars and equal shapes as cpu does', async () => {
    const pairs: [number[], number[]][] = [
      [[2, 3, 17], [17]],
      [[17], [2, 3, 17]],
      [[5, 6], []],
      [[], [5, 6]],
      [[33], [33]],
      [
        [2, 3, 4],
        [1, 3, 4],
      ],
      [[1, 16], [16]],
      [
        [3, 1],
        [1, 3],
      ],
      [[2, 1], [2]],
      [[0, 3], [3]],
    ];
    for (const [a, b] of pairs)
      for (const op of OPERATIONS) await expectAsOnCpu(() => tf[op](waves(a, 1), tf.add(waves(b, 2), 4)), 1e-7);
  });

  it('computes with int32 as cpu does', async () => {
    const [a, b] = [[3, 4], [4]].map(
      (shape, k) => (): tf.Tensor => tf.cast(tf.add(tf.mul(waves(shape, k), 9), 20), 'int32'),
    ) as [() => tf.Tensor, () => tf.Tensor];
    for (const op of ['add', 'sub', 'mul', 'maximum', 'minimum'] as const)
      await expectAsOnCpu(() => tf[op](a(), b()), 0);
  });

  it('passes on infinities and NaN', async () => {
    const [a, b] = [
      [Infinity, -Infinity, NaN, 0, 1, 0, 2],
      [Infinity, Infinity, 1, 0, 0, -2, NaN],
    ];
    for (const op of OPERATIONS) {
      const { got, exact } = await onBoth(() => tf[op](tf.tensor1d(a!), tf.tensor1d(b!)));
      expect(Array.from(got.dataSync())).toEqual(Array.from(exact));
    }
  });
});
