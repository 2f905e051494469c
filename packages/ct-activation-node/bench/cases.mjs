// The native op, and the gradient of relu that tfjs-node gets.
import '@curvature-tuning/activation-node';
import { ctu } from '@curvature-tuning/activation';

export const backends = ['tensorflow'];

export function cases({ tf }) {
  const x = tf.randomNormal([8, 56, 56, 64], 0, 1, 'float32', 1);
  const beta = tf.randomUniform([64], 0.5, 0.95, 'float32', 2);
  const coeff = tf.randomUniform([64], 0.2, 0.8, 'float32', 3);
  const gradients = tf.grads((x, beta, coeff) => ctu(x, beta, coeff));
  const relu = tf.grad((x) => tf.relu(x));
  return {
    'ctu per channel': () => tf.tidy(() => void ctu(x, beta, coeff)),
    'gradients per channel': () => tf.tidy(() => void gradients([x, beta, coeff])),
    'gradient of relu': () => tf.tidy(() => void relu(x)),
  };
}
