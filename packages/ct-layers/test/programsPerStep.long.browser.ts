/**
 * How many programs a step of T-CT runs on cards, packing and unpacking among them: for ResNet-14, and for each layer.
 *
 * Beside these, gradients and statistics are put end to end by a program for every few of them: sixteen or fewer on
 * webgl, seven on webgpu.
 */
import '@curvature-tuning/activation/webgl';
import '@curvature-tuning/activation/webgpu';
import { resnet14 } from '@curvature-tuning/models';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { tune } from '../src/index.js';
import { layersAndBlocks } from './layersAndBlocks.js';

const SLOW = 120_000;

describe.each([
  { backend: 'webgl', runs: 'runWebGLProgram', most: 250, layer: 11, block: 27 },
  { backend: 'webgpu', runs: 'runWebGPUProgram', most: 225, layer: 11, block: 27 },
])('on $backend', ({ backend, runs, most, layer, block }) => {
  beforeAll(async () => {
    expect(await tf.setBackend(backend)).toBe(true);
  });

  it(
    `ResNet-14 takes ${most} programs at most`,
    async () => {
      const model = resnet14({ inputShape: [28, 28, 1], stemStride: 2, seed: 1 });
      expect(await programsOfStep(runs, model)).toBeLessThanOrEqual(most);
      model.dispose();
    },
    SLOW,
  );

  it(
    `${layer} for a convolution with its normalisation and unit, and ${block} for a residual block of two`,
    async () => {
      const count = async (plain: number, blocks: number): Promise<number> => {
        const model = layersAndBlocks(plain, blocks, 4);
        const programs = await programsOfStep(runs, model);
        model.dispose();
        return programs;
      };
      const [few, layers, blocks] = [await count(0, 1), await count(2, 1), await count(0, 2)];
      expect([(layers - few) / 2, blocks - few]).toEqual([layer, block]);
    },
    SLOW,
  );
});

/** The programs of the second step of a model, on the current backend, whose method runs them. */
async function programsOfStep(method: string, model: tf.LayersModel): Promise<number> {
  const backend = tf.backend() as unknown as Record<string, (...args: unknown[]) => unknown>;
  const stock = backend[method]!.bind(backend);
  const images = tf.randomNormal([8, ...(model.inputs[0]!.shape.slice(1) as number[])], 0, 1, 'float32', 1);
  const data = { images, labels: tf.tensor1d([0, 1, 0, 1, 0, 1, 0, 1], 'int32') };
  let [programs, counts] = [0, false];
  backend[method] = (...args) => {
    if (counts) programs++;
    return stock(...args);
  };
  const callbacks = {
    onBatchBegin: (batch: number): void => void (counts = batch === 1),
    onBatchEnd: (): void => void (counts = false),
  };
  const { dispose } = await tune(model, data, data, {
    protocol: 'paper',
    epochs: 1,
    batchSize: 4,
    classes: 2,
    callbacks,
  });
  backend[method] = stock;
  dispose();
  tf.dispose(data);
  return programs;
}
