/**
 * A small convolutional network with GELUs, for the twin of the experiments on GELU networks.
 */
import * as tf from '@tensorflow/tfjs';

/**
 * Three convolutions of stride 2 with batch normalisation and GELU (16, 32 and 64 channels), the mean over the image,
 * and a head: `[batch, 28, 28, 1]` to logits `[batch, 10]`.
 */
export function geluNet(seed: number): tf.LayersModel {
  const input = tf.input({ shape: [28, 28, 1] });
  let x: tf.SymbolicTensor = input;
  for (const [i, filters] of [16, 32, 64].entries()) {
    const name = `block${i + 1}`;
    const convolution = tf.layers.conv2d({
      filters,
      kernelSize: 3,
      strides: 2,
      padding: 'same',
      useBias: false,
      kernelInitializer: tf.initializers.heNormal({ seed: seed + i }),
      name: `${name}_conv`,
    });
    x = convolution.apply(x) as tf.SymbolicTensor;
    x = tf.layers.batchNormalization({ name: `${name}_bn` }).apply(x) as tf.SymbolicTensor;
    x = tf.layers.activation({ activation: 'gelu', name: `${name}_gelu` }).apply(x) as tf.SymbolicTensor;
  }
  x = tf.layers.globalAveragePooling2d({ name: 'pool' }).apply(x) as tf.SymbolicTensor;
  const head = tf.layers.dense({
    units: 10,
    name: 'fc',
    kernelInitializer: tf.initializers.glorotUniform({ seed: seed + 9 }),
  });
  return tf.model({ inputs: input, outputs: head.apply(x) as tf.SymbolicTensor, name: 'gelu' });
}
