/** A network of all layers that `bake` can write, and weights that layers do not begin with. */
import * as tf from '@tensorflow/tfjs';

const L = tf.layers;

/** Weights other than those that layers begin with, those of statistics among them. */
export function stirred(model: tf.LayersModel): tf.LayersModel {
  tf.tidy(() =>
    model.setWeights(
      model.weights.map((weight, i) => {
        const noise = tf.randomUniform(weight.shape as number[], 0.6, 1.4, 'float32', i + 1);
        return weight.name.includes('kernel') ? tf.mul(weight.read(), noise) : noise;
      }),
    ),
  );
  return model;
}

/** A little of every layer that is known, with a model in the model and values that several layers read. */
export function everyLayer(): tf.LayersModel {
  const x = tf.input({ shape: [12, 12, 3] });
  const apply = (layer: tf.layers.Layer, ...inputs: unknown[]): tf.SymbolicTensor =>
    layer.apply((inputs.length === 1 ? inputs[0] : inputs) as tf.SymbolicTensor) as tf.SymbolicTensor;
  const kernelInitializer = tf.initializers.heNormal({ seed: 1 });
  const conv = (options: object = {}): tf.layers.Layer =>
    L.conv2d({ filters: 4, kernelSize: 3, padding: 'same', kernelInitializer, ...options });
  const innerIn = tf.input({ shape: [12, 12, 4] });
  const inner = tf.model({
    inputs: innerIn,
    outputs: apply(L.batchNormalization({ scale: false }), apply(L.reLU({ maxValue: 2 }), innerIn)),
  });
  const stem = apply(L.reLU({ maxValue: 6 }), apply(L.batchNormalization(), apply(conv({ useBias: false }), x)));
  const wide = apply(
    L.batchNormalization({ center: false }),
    apply(
      L.depthwiseConv2d({
        kernelSize: 3,
        padding: 'same',
        depthMultiplier: 2,
        depthwiseInitializer: kernelInitializer,
      }),
      stem,
    ),
  );
  const narrow = apply(L.activation({ activation: 'relu' }), apply(conv({ kernelSize: 1, activation: 'tanh' }), wide));
  const sum = apply(L.add(), narrow, stem, apply(inner, stem));
  const gate = apply(
    L.reshape({ targetShape: [1, 1, 4] }),
    apply(L.dense({ units: 4, activation: 'sigmoid' }), apply(L.globalAveragePooling2d({}), sum)),
  );
  const gated = apply(L.multiply(), sum, gate);
  const padded = apply(
    L.zeroPadding2d({
      padding: [
        [1, 0],
        [0, 2],
      ],
    }),
    gated,
  );
  const pooled = apply(
    L.concatenate(),
    ...[L.maxPooling2d({ poolSize: 2 }), L.averagePooling2d({ poolSize: 2 })].map((pool) => apply(pool, padded)),
  );
  const strided = apply(
    L.activation({ activation: 'relu' }),
    apply(conv({ strides: 2, padding: 'valid', dilationRate: 1 }), pooled),
  );
  const logits = apply(
    L.dense({ units: 5, name: 'logits' }),
    apply(L.dropout({ rate: 0.5 }), apply(L.flatten(), strided)),
  );
  return stirred(tf.model({ inputs: x, outputs: logits }));
}
