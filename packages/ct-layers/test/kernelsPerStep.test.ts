/**
 * How many kernels a step of T-CT runs: a constant, and a few for each layer.
 */
import * as tf from '@tensorflow/tfjs';
import '@curvature-tuning/activation/cpu';
import { beforeAll, expect, it } from 'vitest';
import { tune } from '../src/index.js';
import { layersAndBlocks } from './layersAndBlocks.js';

beforeAll(() => tf.setBackend('cpu'));

/** The kernels of the second step, by name. */
async function kernelsOfStep(plain: number, blocks: number): Promise<string[]> {
  const { state } = tf.engine() as unknown as {
    state: { profiling: boolean; activeProfile: { kernels: { name: string }[] } };
  };
  const images = tf.randomNormal([8, 4, 4, 3], 0, 1, 'float32', 1);
  const labels = tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1], 'int32');
  const model = layersAndBlocks(plain, blocks);
  const names: string[] = [];
  const { dispose } = await tune(
    model,
    { images, labels },
    { images, labels },
    {
      protocol: 'paper',
      epochs: 1,
      batchSize: 4,
      callbacks: {
        onBatchBegin: (batch) => {
          if (batch !== 1) return;
          state.profiling = true;
          state.activeProfile = { ...state.activeProfile, kernels: [] };
        },
        onBatchEnd: (batch) => {
          if (batch !== 1) return;
          state.profiling = false;
          // Custom gradients are listed too, by the name of their scope.
          const listed = state.activeProfile.kernels.map(({ name }) => name);
          names.push(...listed.filter((name) => tf.getKernel(name, 'cpu') !== undefined));
        },
      },
    },
  );
  dispose();
  model.dispose();
  tf.dispose([images, labels]);
  return names;
}

it('five for a convolution with its normalisation and unit, x kept among them, beside 66 at most', async () => {
  const [few, many] = [(await kernelsOfStep(2, 0)).length, (await kernelsOfStep(6, 0)).length];
  expect((many - few) / 4).toBe(5);
  expect(few - 2 * 5).toBeLessThanOrEqual(66);
});

it('seventeen for a residual block of two', async () => {
  const [few, many] = [(await kernelsOfStep(0, 1)).length, (await kernelsOfStep(0, 3)).length];
  expect((many - few) / 2).toBe(17);
});
