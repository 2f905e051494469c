// A network with all that checkpoints and adapters hold, small enough to be tried thousands of times.
import * as tf from '@tensorflow/tfjs';

/**
 * 5 x 5 grey images to two classes: a convolution, its normalisation and ReLU, a Dense with an activation of its own,
 * and a head.
 */
export function smallNetwork({
  seed = 1,
  filters = 3,
  strides = 1,
  activation = 'relu' as 'relu' | 'tanh',
} = {}): tf.LayersModel {
  const init = (k: number): ReturnType<typeof tf.initializers.glorotUniform> =>
    tf.initializers.glorotUniform({ seed: seed + k });
  const input = tf.input({ shape: [5, 5, 1] });
  let x = tf.layers.conv2d({ name: 'conv', filters, kernelSize: 3, strides, kernelInitializer: init(0) }).apply(input);
  x = tf.layers.reLU().apply(tf.layers.batchNormalization({ name: 'bn' }).apply(x));
  x = tf.layers
    .dense({ name: 'hidden', units: 4, activation, kernelInitializer: init(1) })
    .apply(tf.layers.flatten().apply(x));
  return tf.model({
    inputs: input,
    outputs: tf.layers.dense({ units: 2, kernelInitializer: init(2) }).apply(x) as tf.SymbolicTensor,
  });
}

/** `count` images of noise, with the classes 0 and 1 in turn. */
export function smallExamples(count: number, seed: number): { images: tf.Tensor; labels: tf.Tensor1D } {
  return {
    images: tf.randomNormal([count, 5, 5, 1], 0, 1, 'float32', seed),
    labels: tf.tensor1d(
      Array.from({ length: count }, (_, i) => i % 2),
      'int32',
    ),
  };
}

/** All weights and statistics. */
export function weightsOf(model: tf.LayersModel): number[][] {
  return model.getWeights().map((weight) => [...weight.dataSync()]);
}
