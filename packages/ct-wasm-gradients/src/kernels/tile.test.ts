import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { it } from 'vitest';
import { expectAsOnCpu, onEveryHost, shapes, SLOW, typed } from '../../test/asOnCpu.js';
import { waves } from '../../test/reference.js';
import '../index.js';

onEveryHost('tiles on wasm', () => {
  it(
    'tile is as on cpu for drawn shapes and repetitions, and for every dtype',
    async () => {
      await fc.assert(
        fc.asyncProperty(
          shapes,
          fc.infiniteStream(fc.integer({ min: 0, max: 4 })),
          fc.constantFrom('float32' as const, 'int32' as const, 'bool' as const),
          async (shape, numbers, dtype) => {
            const reps = shape.map(() => numbers.next().value as number);
            // tfjs's own cpu kernel fails at rank 0.
            fc.pre(shape.length > 0);
            await expectAsOnCpu(() => tf.tile(typed(tf.mul(waves(shape, 1), 7), dtype), reps), 0);
          },
        ),
        { numRuns: 100 },
      );
    },
    SLOW,
  );
});
