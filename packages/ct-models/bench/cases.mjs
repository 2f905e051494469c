// Making networks, and running them.
import { createModel, loadPretrained } from '@curvature-tuning/models';

export const backends = ['wasm'];

export async function cases({ tf }) {
  const model = await loadPretrained('resnet14.mnist');
  const images = tf.randomUniform([32, 28, 28, 1], 0, 1, 'float32', 1);
  return {
    'createModel resnet18 of zeros': () => createModel('resnet18', { classes: 10, initialWeights: 'zeros' }).dispose(),
    'resnet14, 32 images': () => tf.tidy(() => model.predict(images).dataSync()),
  };
}
