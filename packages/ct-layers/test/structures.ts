/**
 * Models for the tests of surgery, on whatever backend.
 */
import * as tf from '@tensorflow/tfjs';

/** The largest difference of two models' outputs on random input, relative to the largest output of the first. */
export async function difference(a: tf.LayersModel, b: tf.LayersModel): Promise<number> {
  const pair = tf.tidy(() => {
    const inputs = a.inputs.map(({ shape }) =>
      tf.randomNormal([2, ...(shape.slice(1) as number[])], 0, 1, 'float32', 7),
    );
    const [ya, yb] = [a, b].map((m) => [m.predict(inputs.length === 1 ? inputs[0]! : inputs)].flat() as tf.Tensor[]);
    const largest = (ts: tf.Tensor[]): tf.Tensor => tf.max(tf.stack(ts.map((t) => tf.max(tf.abs(t)))));
    return tf.stack([largest(ya!.map((y, i) => tf.sub(y, yb![i]!))), largest(ya!)]);
  });
  // Not `dataSync`, which webgpu has for some tensors alone.
  const [apart, most] = (await pair.data()) as unknown as [number, number];
  pair.dispose();
  return apart / Math.max(1, most);
}

/** Models of every structure that surgery handles, by description. */
export const models: Record<string, () => tf.LayersModel> = {
  'Sequential with a ReLU layer first': () =>
    tf.sequential({
      layers: [
        tf.layers.reLU({ inputShape: [4] }),
        tf.layers.dense({ units: 3 }),
        tf.layers.activation({ activation: 'relu' }),
        tf.layers.dense({ units: 2 }),
      ],
    }),
  'Sequential with fused ReLUs': () =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 2] }),
        tf.layers.depthwiseConv2d({ kernelSize: 3, activation: 'relu' }),
        tf.layers.separableConv2d({ filters: 4, kernelSize: 3, activation: 'relu' }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 5, activation: 'relu' }),
      ],
    }),
  'functional with a skip and two outputs': () => {
    const input = tf.input({ shape: [6, 6, 3] });
    const conv = tf.layers
      .conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'relu', name: 'conv' })
      .apply(input) as tf.SymbolicTensor;
    const norm = tf.layers.batchNormalization().apply(conv) as tf.SymbolicTensor;
    const sum = tf.layers.add().apply([norm, conv]) as tf.SymbolicTensor;
    const relu = tf.layers.reLU({ name: 'relu' }).apply(sum) as tf.SymbolicTensor;
    const logits = tf.layers
      .dense({ units: 2 })
      .apply(tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(relu)) as tf.SymbolicTensor;
    return tf.model({ inputs: input, outputs: [logits, conv] });
  },
  'functional with two inputs': () => {
    const [a, b] = [tf.input({ shape: [4] }), tf.input({ shape: [5] })];
    const hidden = [a, b].map((t) => tf.layers.dense({ units: 3, activation: 'relu' }).apply(t) as tf.SymbolicTensor);
    return tf.model({ inputs: [a, b], outputs: tf.layers.concatenate().apply(hidden) as tf.SymbolicTensor });
  },
  'a ReLU and a fused Dense called at two places': () => {
    const input = tf.input({ shape: [4] });
    const relu = tf.layers.reLU({ name: 'relu' });
    const dense = tf.layers.dense({ units: 4, activation: 'relu', name: 'shared' });
    const once = relu.apply(dense.apply(input)) as tf.SymbolicTensor;
    return tf.model({
      inputs: input,
      outputs: relu.apply(tf.layers.dense({ units: 4 }).apply(dense.apply(once))) as tf.SymbolicTensor,
    });
  },
  'a nested model called at two places': () => {
    const inner = tf.sequential({
      name: 'inner',
      layers: [tf.layers.dense({ units: 4, activation: 'relu', inputShape: [4] })],
    });
    const input = tf.input({ shape: [4] });
    return tf.model({ inputs: input, outputs: inner.apply(inner.apply(input)) as tf.SymbolicTensor });
  },
  'ReLU6 and leaky ReLU, as layers and fused': () =>
    tf.sequential({
      layers: [
        tf.layers.dense({ units: 6, activation: 'relu6', inputShape: [4] }),
        tf.layers.leakyReLU({ alpha: 0.2 }),
        tf.layers.dense({ units: 5 }),
        tf.layers.reLU({ maxValue: 1.5 }),
        tf.layers.dense({ units: 3 }),
        tf.layers.activation({ activation: 'relu6' }),
      ],
    }),
  'a hard-swish made of its parts': () => {
    const input = tf.input({ shape: [5] });
    const x = tf.layers.dense({ units: 4 }).apply(input) as tf.SymbolicTensor;
    const shifted = tf.layers.dense({ units: 4 }).apply(x) as tf.SymbolicTensor;
    return tf.model({
      inputs: input,
      outputs: tf.layers
        .multiply()
        .apply([
          x,
          tf.layers.activation({ activation: 'relu6' }).apply(shifted) as tf.SymbolicTensor,
        ]) as tf.SymbolicTensor,
    });
  },
  'TimeDistributed layers, fused and not': () =>
    tf.sequential({
      layers: [
        tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 3, activation: 'relu' }), inputShape: [4, 2] }),
        tf.layers.timeDistributed({ layer: tf.layers.reLU() }),
        tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2 }) }),
      ],
    }),
  'a TimeDistributed model': () =>
    tf.sequential({
      layers: [
        tf.layers.timeDistributed({
          layer: tf.sequential({
            layers: [tf.layers.dense({ units: 3, activation: 'relu', inputShape: [2] }), tf.layers.dense({ units: 2 })],
          }),
          inputShape: [4, 2],
        }),
      ],
    }),
  'zero padding before a max-pool': () =>
    tf.sequential({
      layers: [
        tf.layers.conv2d({ filters: 2, kernelSize: 1, activation: 'relu', inputShape: [4, 4, 2] }),
        tf.layers.dropout({ rate: 0.5 }),
        tf.layers.zeroPadding2d({ padding: 1 }),
        tf.layers.maxPooling2d({ poolSize: 3, strides: 2 }),
      ],
    }),
  'nested models': () => {
    const inner = tf.sequential({
      name: 'inner',
      layers: [tf.layers.dense({ units: 4, activation: 'relu', inputShape: [4] }), tf.layers.batchNormalization()],
    });
    const input = tf.input({ shape: [4] });
    const outer = tf.model({
      name: 'outer',
      inputs: input,
      outputs: tf.layers.reLU().apply(inner.apply(input)) as tf.SymbolicTensor,
    });
    return tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [4] }), outer, tf.layers.dense({ units: 2 })] });
  },
};
