/** Networks by which the work of a step is counted, a layer and a block at a time. */
import * as tf from '@tensorflow/tfjs';

/** Convolution, batch normalisation and ReLU, `plain` times; then residual blocks of two such, `blocks` times. */
export function layersAndBlocks(plain: number, blocks: number, filters = 3): tf.LayersModel {
  const input = tf.input({ shape: [4, 4, 3] });
  const convolution = (x: tf.SymbolicTensor): tf.SymbolicTensor =>
    tf.layers
      .batchNormalization()
      .apply(
        tf.layers.conv2d({ filters, kernelSize: 3, padding: 'same', useBias: false }).apply(x),
      ) as tf.SymbolicTensor;
  const relu = (x: tf.SymbolicTensor): tf.SymbolicTensor => tf.layers.reLU().apply(x) as tf.SymbolicTensor;
  let x = relu(convolution(input));
  for (let i = 0; i < plain; i++) x = relu(convolution(x));
  for (let i = 0; i < blocks; i++)
    x = relu(tf.layers.add().apply([convolution(relu(convolution(x))), x]) as tf.SymbolicTensor);
  const pooled = tf.layers.globalAveragePooling2d({}).apply(x) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: tf.layers.dense({ units: 2 }).apply(pooled) as tf.SymbolicTensor });
}
