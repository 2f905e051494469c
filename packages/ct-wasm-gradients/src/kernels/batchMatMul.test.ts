import * as tf from '@tensorflow/tfjs';
import { it } from 'vitest';
import { expectAsOnCpu, onEveryHost } from '../../test/asOnCpu.js';
import { waves } from '../../test/reference.js';
import '../index.js';

onEveryHost('products of matrices on wasm', () => {
  it('products with a transposed matrix agree with cpu to 1e-5 of the largest entry', async () => {
    for (const [m, k, n] of [
      [1, 1, 1],
      [3, 5, 7],
      [33, 17, 9],
      [4, 200, 65],
      [160, 3, 4],
    ] as const) {
      for (const batch of [[], [2], [2, 3]]) {
        await expectAsOnCpu(() => tf.matMul(waves([...batch, m, k], 1), waves([...batch, k, n], 2)), 1e-5);
        await expectAsOnCpu(() => tf.matMul(waves([...batch, m, k], 1), waves([...batch, n, k], 2), false, true), 1e-5);
        await expectAsOnCpu(() => tf.matMul(waves([...batch, k, m], 1), waves([...batch, k, n], 2), true, false), 1e-5);
        await expectAsOnCpu(() => tf.matMul(waves([...batch, k, m], 1), waves([...batch, n, k], 2), true, true), 1e-5);
      }
      await expectAsOnCpu(() => tf.matMul(waves([2, m, k], 1), waves([1, n, k], 2), false, true), 1e-5);
    }
    await expectAsOnCpu(() => tf.matMul(waves([0, 3], 1), waves([4, 3], 2), false, true), 0);
  });
});
