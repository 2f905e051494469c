// What steering and T-CT are made of, on the bundled network.
import { calibrate, replaceActivations, tune } from '@curvature-tuning/layers';
import { loadPretrained } from '@curvature-tuning/models';

export const backends = ['wasm', 'tensorflow'];

export async function cases({ tf, backend }) {
  await import(backend === 'wasm' ? '@curvature-tuning/activation/wasm' : '@curvature-tuning/activation-node');
  const model = await loadPretrained('resnet14.mnist');
  const batch = {
    images: tf.randomUniform([64, 28, 28, 1], 0, 1, 'float32', 1),
    labels: tf.range(0, 64, 1, 'int32').mod(tf.scalar(10, 'int32')),
  };
  const { model: steered } = replaceActivations(model, { beta: 0.8 });
  const cases = {
    replaceActivations: () => replaceActivations(model, { beta: 0.8 }).model.dispose(),
    'steered, 64 images': () => tf.tidy(() => steered.predict(batch.images).dataSync()),
    'calibrate to 64 images': async () => (await calibrate(steered, batch.images)).dispose(),
  };
  // On wasm training needs another package's gradients.
  if (backend === 'wasm') return cases;
  return {
    ...cases,
    'tune, an epoch of 64 images': async () =>
      (await tune(model, batch, batch, { epochs: 1, protocol: 'paper' })).dispose(),
  };
}
