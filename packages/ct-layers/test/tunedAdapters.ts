/**
 * A small network, and adapters of it that were trained, for tests of what adapters become.
 */
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll } from 'vitest';
import type { Adapter } from '../src/index.js';
import { getAdapter, tune } from '../src/index.js';

/** A network with a ReLU layer, a fused ReLU and batch normalisation. */
export function network(): tf.LayersModel {
  return tf.sequential({
    name: 'net',
    layers: [
      tf.layers.conv2d({ name: 'conv', filters: 3, kernelSize: 3, inputShape: [6, 6, 1] }),
      tf.layers.batchNormalization({ name: 'bn' }),
      tf.layers.reLU({ name: 'relu' }),
      tf.layers.flatten(),
      tf.layers.dense({ name: 'hidden', units: 4, activation: 'relu' }),
      tf.layers.dense({ name: 'fc', units: 5 }),
    ],
  });
}

/** Random images of the network's shape, with labels. */
export const examples = (count: number, classes: number): { images: tf.Tensor; labels: tf.Tensor1D } => ({
  images: tf.randomNormal([count, 6, 6, 1], 0, 1, 'float32', 5),
  labels: tf.tensor1d(
    Array.from({ length: count }, (_, i) => i % classes),
    'int32',
  ),
});

/** Adapters of `base` to two and to three classes, and the logits for `x` of the networks that they were taken of. */
export async function tunedAdapters(
  base: tf.LayersModel,
  x: tf.Tensor,
): Promise<{ adapters: Record<string, Adapter>; logitsOf: Record<string, number[]> }> {
  const adapters: Record<string, Adapter> = {};
  const logitsOf: Record<string, number[]> = {};
  for (const [name, classes] of [
    ['two', 2],
    ['three', 3],
  ] as const) {
    const result = await tune(base, examples(12, classes), examples(12, classes), { epochs: 2, batchSize: 4 });
    adapters[name] = await getAdapter(result.classifier);
    logitsOf[name] = predict(result.classifier, x);
    result.dispose();
  }
  return { adapters, logitsOf };
}

/** The output of a model, flat. */
export function predict(model: tf.LayersModel, x: tf.Tensor): number[] {
  return tf.tidy(() => [...(model.predict(x) as tf.Tensor).dataSync()]);
}

/** What tests work with: a network, images, adapters of it, and what it makes of the images with each. */
export interface Tuned {
  base: tf.LayersModel;
  x: tf.Tensor;
  adapters: Record<string, Adapter>;
  logitsOf: Record<string, number[]>;
}

/** Registers hooks for the suite around it, on a backend; what it gives is there in the tests. */
export function tunedOn(backend: string): Tuned {
  const tuned = {} as Tuned;
  beforeAll(async () => {
    await tf.setBackend(backend);
    tuned.base = network();
    tuned.x = tf.randomNormal([3, 6, 6, 1], 0, 1, 'float32', 9);
    Object.assign(tuned, await tunedAdapters(tuned.base, tuned.x));
  });
  afterAll(() => tf.disposeVariables());
  return tuned;
}
