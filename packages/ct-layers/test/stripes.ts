/**
 * Stripes to be told apart, and a network that learns to, for tests on every backend.
 */
import * as tf from '@tensorflow/tfjs';

/** Images of 6 x 6 with a stripe across (class 0) or down (class 1). */
export function stripes(count: number): { images: tf.Tensor; labels: tf.Tensor1D } {
  const pixels = Array.from({ length: count }, (_, n) =>
    Array.from({ length: 6 }, (_, i) =>
      Array.from({ length: 6 }, (_, j) => [(n % 2 === 0 ? i : j) === 2 + (n % 3) ? 1 : 0]),
    ),
  );
  return {
    images: tf.tensor4d(pixels),
    labels: tf.tensor1d(
      Array.from({ length: count }, (_, i) => i % 2),
      'int32',
    ),
  };
}

/** Two convolutions, the first normalised and with a ReLU layer, the second with an activation of its own. */
export function stripesNetwork(activation: 'relu' | 'relu6' = 'relu'): tf.LayersModel {
  const conv = (args: Partial<Parameters<typeof tf.layers.conv2d>[0]>, seed: number): tf.layers.Layer =>
    tf.layers.conv2d({
      filters: 4,
      kernelSize: 3,
      kernelInitializer: tf.initializers.heNormal({ seed }),
      ...args,
    });
  return tf.sequential({
    layers: [
      conv({ name: 'conv', inputShape: [6, 6, 1] }, 3),
      tf.layers.batchNormalization({ name: 'bn' }),
      tf.layers.reLU({ name: 'relu' }),
      conv({ name: 'conv2', activation }, 4),
      tf.layers.flatten(),
      tf.layers.dense({ name: 'fc', units: 2 }),
    ],
  });
}
