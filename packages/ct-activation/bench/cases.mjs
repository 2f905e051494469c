// The activation, and its gradients, on the activations of a middle layer.
import { ctu } from '@curvature-tuning/activation';

export const backends = ['cpu', 'wasm'];

export async function cases({ tf, backend }) {
  await import(`@curvature-tuning/activation/${backend}`);
  const x = tf.randomNormal([8, 28, 28, 32], 0, 1, 'float32', 1);
  const beta = tf.randomUniform([32], 0.5, 0.95, 'float32', 2);
  const coeff = tf.randomUniform([32], 0.2, 0.8, 'float32', 3);
  const gradients = tf.grads((x, beta, coeff) => ctu(x, beta, coeff));
  return {
    'ctu per channel': () => tf.tidy(() => ctu(x, beta, coeff).dataSync()),
    'ctu of one beta and c': () => tf.tidy(() => ctu(x, 0.8, 0.5).dataSync()),
    'gradients per channel': () => tf.tidy(() => gradients([x, beta, coeff]).map((one) => one.dataSync())),
  };
}
