/**
 * The whole way in a page: a set is loaded from a server, with progress, a frozen network is steered to it, and what
 * comes of it is attacked.
 */
import { preprocess } from '@curvature-tuning/data';
import { loadDataset } from '@curvature-tuning/datasets/browser';
import type { SetFile, SetProgress } from '@curvature-tuning/datasets/browser';
import { accuracy, steer } from '@curvature-tuning/layers';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { autoAttack } from '../src/index.js';

const CACHE = 'test of the whole way';

it('loads beans from a server with progress, steers a network on them, and attacks it', async () => {
  await tf.setBackend('webgl');
  const address = `${location.origin}/sets/beans`;
  const files = (await (await fetch(`${address}?files`)).json()) as SetFile[];
  const progress: SetProgress[] = [];
  const load = async (split: 'train' | 'validation' | 'test') =>
    (
      await loadDataset('beans', {
        split,
        size: [8, 8],
        mirrors: [address],
        files,
        cache: CACHE,
        onProgress: (event) => progress.push(event),
      })
    ).map(preprocess({ inputSize: [8, 8, 3] }));
  try {
    const [train, validation, test] = [await load('train'), await load('validation'), await load('test')];
    expect(progress.filter(({ phase }) => phase === 'download').map(({ file }) => file)).toContain(files[0]!.name);
    expect(progress.at(-1)).toMatchObject({ phase: 'unpack', secondsLeft: 0 });
    const before = tf.memory().numTensors;
    const network = tf.sequential({
      layers: [
        tf.layers.conv2d({
          filters: 8,
          kernelSize: 3,
          activation: 'relu',
          inputShape: [8, 8, 3],
          kernelInitializer: tf.initializers.glorotNormal({ seed: 1 }),
        }),
        tf.layers.globalAveragePooling2d({}),
        tf.layers.dense({ units: 3 }),
      ],
    });
    const { classifier, beta } = await steer(network, train, validation, {
      betas: [0.8, 0.95],
      epochs: 2,
      batchSize: 8,
    });
    expect(beta).toBeGreaterThanOrEqual(0.8);
    expect(await accuracy(classifier, test)).toBeGreaterThan(0);
    for await (const { images, labels } of test.batches(test.length)) {
      const { adversarial, accuracyAfter } = await autoAttack(classifier, images, labels, {
        norm: 'Linf',
        eps: 0.01,
        version: 'custom',
        attacks: ['apgd-ce', 'square'],
        settings: { 'apgd-ce': { iterations: 2 }, square: { queries: 2 } },
      });
      expect(Object.keys(accuracyAfter)).toEqual(['clean', 'apgd-ce', 'square']);
      tf.dispose([adversarial, images, labels]);
    }
    classifier.dispose();
    network.dispose();
    expect(tf.memory().numTensors).toBe(before);
  } finally {
    await caches.delete(CACHE);
  }
});
