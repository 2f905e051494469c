import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { expectAsOnCpu, onEveryHost, shapes, SLOW, typed } from '../../test/asOnCpu.js';
import { waves } from '../../test/reference.js';
import '../index.js';

onEveryHost('padding on wasm', () => {
  it(
    'is as on cpu for drawn shapes, numbers and types',
    async () => {
      const dtypes = fc.constantFrom('float32' as const, 'int32' as const);
      const numbers = fc.array(fc.tuple(fc.nat(3), fc.nat(3), fc.boolean()), { minLength: 5, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(shapes, numbers, dtypes, fc.constantFrom(0, 0, 2), async (shape, drawn, dtype, value) => {
          fc.pre(shape.length > 0 && shape.every((size) => size > 0));
          const paddings = shape.map((_, axis): [number, number] => {
            const [before, after, isPadded] = drawn[axis]!;
            return isPadded ? [before, after] : [0, 0];
          });
          await expectAsOnCpu(() => tf.pad(typed(tf.mul(waves(shape, 1), 7), dtype), paddings, value), 0);
        }),
        { numRuns: 60 },
      );
    },
    SLOW,
  );

  it('has a gradient, and keeps infinities, NaN and no tensor but the result', () => {
    const before = tf.memory().numTensors;
    const x = tf.tensor([Infinity, NaN, -0, -Infinity], [1, 2, 2, 1]);
    const y = tf.pad(x, [
      [0, 0],
      [1, 0],
      [0, 1],
      [0, 0],
    ]);
    expect([...y.dataSync()]).toEqual([0, 0, 0, Infinity, NaN, 0, -0, -Infinity, 0]);
    const weights = tf.tensor([0, 1, 2, 3, 4, 5, 6, 7, 8], [1, 3, 3, 1]);
    const dx = tf.grad((of: tf.Tensor) =>
      tf.sum(
        tf.mul(
          tf.pad(of, [
            [0, 0],
            [1, 0],
            [0, 1],
            [0, 0],
          ]),
          weights,
        ),
      ),
    )(x);
    expect([...dx.dataSync()]).toEqual([3, 4, 6, 7]);
    tf.dispose([x, y, weights, dx]);
    expect(tf.memory().numTensors).toBe(before);
  });
});
