// Attacks and corruptions on a linear model, so that what is timed is theirs.
import { autoAttack, corrupt } from '@curvature-tuning/robustbench';

export const backends = ['cpu'];

export async function cases({ tf }) {
  const weights = tf.randomNormal([784, 10], 0, 1, 'float32', 1);
  const model = (x) => tf.matMul(tf.sub(tf.reshape(x, [-1, 784]), 0.5), weights);
  const images = tf.randomUniform([16, 28, 28, 1], 0, 1, 'float32', 2);
  const labels = await tf.argMax(model(images), 1).data();
  const threat = { norm: 'Linf', eps: 0.01, version: 'custom' };
  const attack = (name, settings) => async () =>
    (
      await autoAttack(model, { images, labels }, { ...threat, attacks: [name], settings: { [name]: settings } })
    ).adversarial.dispose();
  return {
    'apgd-ce, 20 iterations': attack('apgd-ce', { iterations: 20, restarts: 1 }),
    'square, 50 queries': attack('square', { queries: 50, restarts: 1 }),
    'corrupt by fog': async () => (await corrupt(images, { type: 'fog', severity: 3 })).dispose(),
  };
}
