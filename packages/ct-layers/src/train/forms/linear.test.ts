import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { leavesNoTensor } from '../../../test/leavesNoTensor.js';
import { Random } from '../../examples/random.js';
import { prepareForTraining } from '../trainingMode.js';

beforeAll(() => tf.setBackend('cpu'));
leavesNoTensor();

const inputShape = [7, 6, 3];
const layers: [string, () => tf.layers.Layer][] = [
  ['conv2d', () => tf.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same', inputShape })],
  ['conv2d without bias', () => tf.layers.conv2d({ filters: 4, kernelSize: [2, 3], useBias: false, inputShape })],
  ['conv2d with relu', () => tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape })],
  [
    'depthwiseConv2d',
    () => tf.layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, padding: 'same', inputShape }),
  ],
  ['dense on a matrix', () => tf.layers.dense({ units: 4, inputShape: [9] })],
  ['dense on rank 4', () => tf.layers.dense({ units: 4, activation: 'tanh', inputShape })],
];

describe.each(layers)('%s in training', (name, make) => {
  const build = (trainable: boolean, isPrepared: boolean): { model: tf.LayersModel; x: tf.Tensor } => {
    const layer = make();
    const input = tf.input({ batchShape: layer.batchInputShape });
    const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
    layer.setWeights(layer.weights.map(({ shape }, i) => tf.randomNormal(shape as number[], 0, 1, 'float32', 10 + i)));
    layer.trainable = trainable;
    if (isPrepared) prepareForTraining(model, { batchNorm: 'adapt', random: new Random(1) });
    return { model, x: tf.randomNormal([2, ...(layer.batchInputShape.slice(1) as number[])], 0, 1, 'float32', 5) };
  };
  const gradient = (of: tf.LayersModel, x: tf.Tensor): Float32Array =>
    tf
      .grad((v) => tf.sum(tf.square(of.apply(v, { training: true }) as tf.Tensor)))(x)
      .dataSync<'float32'>();

  it.each([true, false])('gives the gradient and the values that tfjs gives to 1e-6, trained: %s', (trainable) => {
    tf.tidy(() => {
      const { model: stock, x } = build(trainable, false);
      const { model: prepared } = build(trainable, true);
      const [expected, got] = [gradient(stock, x), gradient(prepared, x)];
      const scale = Math.max(...expected.map(Math.abs));
      got.forEach((g, i) => expect(Math.abs(g - expected[i]!) / scale).toBeLessThan(1e-6));
      expect((prepared.predict(x) as tf.Tensor).dataSync()).toEqual((stock.predict(x) as tf.Tensor).dataSync());
      [stock, prepared].forEach((model) => model.dispose());
    });
  });

  it('keeps nothing for its gradient where nothing of it is trained', () => {
    tf.tidy(() => {
      const { model, x } = build(false, true);
      let saved: number | undefined;
      tf.grad((v) => {
        const y = model.apply(v, { training: true }) as tf.Tensor;
        const own = tf.engine().state.activeTape!.filter(({ kernelName }) => !/Relu|Tanh/.test(kernelName));
        saved = own.reduce((sum, node) => sum + (node.saved?.length ?? 0), 0);
        return tf.sum(y);
      })(x);
      expect(saved, name).toBe(0);
      model.dispose();
    });
  });
});
