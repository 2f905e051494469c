// A small attack on the GPU backends, in headless Chromium with software drivers.
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { afterAll, describe, expect, it } from 'vitest';
import { autoAttack } from '../src/index.js';
import { linearSetting } from './linearModel.js';

describe.each(['webgl', 'webgpu'])('%s in headless Chromium', (backend) => {
  afterAll(() => tf.setBackend('cpu'));

  it(
    "finds in Linf whom a linear model's closed form says, but for distances within 3 % of eps, and " +
      'leaves no tensor',
    async () => {
      expect(await tf.setBackend(backend)).toBe(true);
      const setting = linearSetting(16);
      const before = tf.memory().numTensors;
      const eps = 0.004;
      const { robust, adversarial, audit, accuracyAfter } = await autoAttack(
        setting.model,
        setting.images,
        setting.labels,
        {
          norm: 'Linf',
          eps,
          settings: {
            'apgd-ce': { iterations: 10 },
            'apgd-t': { iterations: 30 },
            'fab-t': { iterations: 5 },
            square: { queries: 20 },
          },
        },
      );
      adversarial.dispose();
      expect(tf.memory().numTensors).toBe(before);
      expect(Object.keys(accuracyAfter)).toEqual(['clean', 'apgd-ce', 'apgd-t', 'fab-t', 'square']);
      setting
        .distances('Linf')
        .forEach(
          (distance, row) =>
            Math.abs(distance / eps - 1) > 0.03 && expect(robust[row], `image ${row}`).toBe(distance > eps),
        );
      expect(robust).toContain(false);
      expect(robust).toContain(true);
      expect(audit.discarded).toEqual([]);
      setting.dispose();
    },
  );

  it('attacks a small convolutional network', async () => {
    await tf.setBackend(backend);
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({
          inputShape: [10, 10, 1],
          filters: 4,
          kernelSize: 3,
          activation: 'relu',
          kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
        }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 5, kernelInitializer: tf.initializers.glorotUniform({ seed: 2 }) }),
      ],
    });
    const { images } = linearSetting(6);
    const z = tf.tidy(() => tf.argMax(model.apply(images) as tf.Tensor, 1));
    const labels = await z.data();
    const { robustAccuracy, cleanAccuracy, adversarial } = await autoAttack(model, images, labels, {
      norm: 'L2',
      eps: 5,
      version: 'custom',
      attacks: ['apgd-ce'],
      settings: { 'apgd-ce': { restarts: 1, iterations: 20 } },
    });
    expect(cleanAccuracy).toBe(1);
    expect(robustAccuracy).toBeLessThan(0.5);
    tf.dispose([z, images, adversarial]);
    model.dispose();
  });
});
