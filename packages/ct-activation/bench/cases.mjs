// The activation, and its gradients, on the activations of a middle layer.
import { ctu } from '@curvature-tuning/activation';

export const backends = ['cpu', 'wasm', 'webgl', 'webgpu'];

const kernels = {
  cpu: () => import('@curvature-tuning/activation/cpu'),
  wasm: () => import('@curvature-tuning/activation/wasm'),
  webgl: () => import('@curvature-tuning/activation/webgl'),
  webgpu: () => import('@curvature-tuning/activation/webgpu'),
};

export async function cases({ tf, backend }) {
  await kernels[backend]();
  const x = tf.randomNormal([8, 28, 28, 32], 0, 1, 'float32', 1);
  const beta = tf.randomUniform([32], 0.5, 0.95, 'float32', 2);
  const coeff = tf.randomUniform([32], 0.2, 0.8, 'float32', 3);
  const gradients = tf.grads((x, beta, coeff) => ctu(x, beta, coeff));
  /** Until the numbers are there: cards say when they have begun. */
  const read = async (tensors) => {
    await Promise.all(tensors.map((one) => one.data()));
    tf.dispose(tensors);
  };
  return {
    'ctu per channel': () => read([tf.tidy(() => ctu(x, beta, coeff))]),
    'ctu of one beta and c': () => read([tf.tidy(() => ctu(x, 0.8, 0.5))]),
    'gradients per channel': () => read(tf.tidy(() => gradients([x, beta, coeff]))),
  };
}
