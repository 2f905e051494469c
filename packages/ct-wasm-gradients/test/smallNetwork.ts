/** A small network with every kind of convolution, written in operations, so that both backends can train it. */
import * as tf from '@tensorflow/tfjs';
import { waves } from './reference.js';

export interface SmallNetwork {
  /** One step of gradient descent with momentum; the loss before it. */
  step(): number;
  dispose(): void;
}

/** The same numbers in every call, on the current backend. */
export function smallNetwork(): SmallNetwork {
  let salt = 0;
  const variables: tf.Variable[] = [];
  const variable = (shape: number[], scale: number, shift = 0): tf.Variable => {
    const v = tf.variable(tf.tidy(() => tf.add(tf.mul(waves(shape, 10 * ++salt), scale), shift)));
    variables.push(v);
    return v;
  };
  const normal = (channels: number): { scale: tf.Variable; offset: tf.Variable } => ({
    scale: variable([channels], 0.1, 1),
    offset: variable([channels], 0.1),
  });
  const weights = {
    plain: variable([3, 3, 2, 8], 0.3),
    strided: variable([3, 3, 8, 12], 0.15),
    dilated: variable([3, 3, 12, 12], 0.12),
    depthwise: variable([3, 3, 12, 2], 0.4),
    pointwise: variable([1, 1, 24, 10], 0.25),
    dense: variable([10, 4], 0.5),
    norms: [normal(8), normal(12), normal(24)],
  };
  const x = waves([4, 11, 11, 2], 500) as tf.Tensor4D;
  const y = tf.tidy(() => tf.oneHot(tf.tensor1d([0, 1, 2, 3], 'int32'), 4));
  const normalise = (t: tf.Tensor4D, { scale, offset }: { scale: tf.Variable; offset: tf.Variable }): tf.Tensor4D => {
    const { mean, variance } = tf.moments(t, [0, 1, 2]);
    return tf.batchNorm(
      t,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      offset as tf.Tensor1D,
      scale as tf.Tensor1D,
      1e-3,
    ) as tf.Tensor4D;
  };
  const loss = (): tf.Scalar => {
    let t = tf.relu(normalise(tf.conv2d(x, weights.plain as tf.Tensor4D, 1, 'same'), weights.norms[0]!));
    t = tf.maxPool(t, 2, 2, 'same');
    t = tf.relu6(normalise(tf.conv2d(t, weights.strided as tf.Tensor4D, 2, 'same'), weights.norms[1]!));
    t = tf.add(t, tf.elu(dilatedBy2(t, weights.dilated as tf.Tensor4D)));
    t = normalise(tf.depthwiseConv2d(t, weights.depthwise as tf.Tensor4D, 1, 'same'), weights.norms[2]!);
    t = tf.avgPool(tf.relu(tf.conv2d(t, weights.pointwise as tf.Tensor4D, 1, 'valid')), 2, 1, 'valid');
    return tf.losses.softmaxCrossEntropy(y, tf.matMul(tf.mean(t, [1, 2]), weights.dense as tf.Tensor2D));
  };
  const optimizer = tf.train.momentum(0.1, 0.9);
  return {
    step: () => {
      const value = optimizer.minimize(loss, true, variables)!;
      const [number] = value.dataSync();
      value.dispose();
      return number!;
    },
    dispose: () => {
      optimizer.dispose();
      tf.dispose([variables, x, y]);
    },
  };
}

/**
 * A convolution dilated by 2. The cpu backend has no gradient for it, and gets what it means: the filter with zeros
 * between its rows and columns.
 */
function dilatedBy2(x: tf.Tensor4D, filter: tf.Tensor4D): tf.Tensor4D {
  if (tf.getBackend() === 'wasm') return tf.conv2d(x, filter, 1, 'same', 'NHWC', 2);
  const [, , ci, co] = filter.shape;
  const spread = tf.tensor2d([
    [1, 0, 0],
    [0, 0, 0],
    [0, 1, 0],
    [0, 0, 0],
    [0, 0, 1],
  ]);
  const rows = tf.reshape(tf.matMul(spread, tf.reshape(filter, [3, 3 * ci * co])), [5, 3, ci * co]);
  const columns = tf.matMul(spread, tf.reshape(tf.transpose(rows, [1, 0, 2]), [3, 5 * ci * co]));
  const sparse = tf.transpose(tf.reshape(columns, [5, 5, ci * co]), [1, 0, 2]);
  return tf.conv2d(x, tf.reshape(sparse, [5, 5, ci, co]), 1, 'same');
}
