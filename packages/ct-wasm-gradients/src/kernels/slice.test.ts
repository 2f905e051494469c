import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expectAsOnCpu, onEveryHost, shapes, SLOW, typed } from '../../test/asOnCpu.js';
import { waves } from '../../test/reference.js';
import '../index.js';

const dtypes = fc.constantFrom('float32' as const, 'int32' as const, 'bool' as const);

onEveryHost('slices on wasm', () => {
  it(
    'slice is as on cpu for drawn shapes and parts, and for every dtype',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          shapes,
          fc.infiniteStream(fc.nat()),
          dtypes,
          fc.boolean(),
          async (shape, numbers, dtype, isBatch) => {
            fc.pre(shape.length > 0 && shape.every((length) => length > 0));
            const begin = shape.map((size) => (numbers.next().value as number) % size);
            const size = shape.map((all, axis) => 1 + ((numbers.next().value as number) % (all - begin[axis]!)));
            // The rows of a batch, whole.
            const whole = (parts: number[], of: readonly number[]): number[] => [...parts.slice(0, 1), ...of.slice(1)];
            const part: [number[], number[]] = isBatch
              ? [
                  whole(
                    begin,
                    shape.map(() => 0),
                  ),
                  whole(size, shape),
                ]
              : [begin, size];
            await expectAsOnCpu(() => tf.slice(typed(tf.mul(waves(shape, 1), 7), dtype), ...part), 0);
          },
        ),
        { numRuns: 60 },
      );
    },
    SLOW,
  );

  it.each([
    ['rows and columns of images', [3, 6, 7, 5], [0, 1, 2, 0], [3, 4, 4, 5]],
    ['channels', [3, 6, 7, 5], [0, 0, 0, 1], [3, 6, 7, 3]],
    ['two axes that are no neighbours', [3, 6, 7, 5], [1, 0, 2, 0], [2, 6, 3, 5]],
    ['three axes', [3, 6, 7, 5], [1, 2, 2, 0], [2, 3, 3, 5]],
  ])('slice cuts %s as on cpu', async (_, shape, begin, size) => {
    for (const dtype of ['float32', 'int32', 'bool'] as const)
      await expectAsOnCpu(() => tf.slice(typed(tf.mul(waves(shape, 1), 7), dtype), begin, size), 0);
  });

  it(
    'split is as on cpu for drawn shapes, sizes and axes, and for every dtype',
    async () => {
      await fc.assert(
        fc.asyncProperty(shapes, fc.nat(), fc.nat(), dtypes, async (shape, which, where, dtype) => {
          fc.pre(shape.length > 0);
          const axis = which % shape.length;
          const first = where % (shape[axis]! + 1);
          const parts = (): tf.Tensor[] =>
            tf.split(typed(tf.mul(waves(shape, 1), 7), dtype), [first, shape[axis]! - first], axis);
          for (const i of [0, 1]) await expectAsOnCpu(() => parts()[i]!, 0);
        }),
        { numRuns: 40 },
      );
    },
    SLOW,
  );

  it('parts have memory of their own, and cutting leaves no tensor but them', () => {
    const before = tf.memory().numTensors;
    const x = tf.tensor1d([1, 2, 3, 4, 5]);
    const [head, tail] = tf.split(x, [2, 3]) as [tf.Tensor, tf.Tensor];
    const middle = tf.slice(x, 1, 3);
    x.dispose();
    expect([head, tail, middle].map((t) => [...t.dataSync()])).toEqual([
      [1, 2],
      [3, 4, 5],
      [2, 3, 4],
    ]);
    tf.dispose([head, tail, middle]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
