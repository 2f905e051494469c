import * as tf from '@tensorflow/tfjs';

/** Points of four numbers to three classes, by way of five ReLUs. */
export function pointNetwork(): tf.LayersModel {
  const dense = (units: number, seed: number, more = {}): tf.layers.Layer =>
    tf.layers.dense({ units, kernelInitializer: tf.initializers.glorotUniform({ seed }), ...more });
  return tf.sequential({ layers: [dense(5, 3, { activation: 'relu', inputShape: [4] }), dense(3, 4)] });
}
