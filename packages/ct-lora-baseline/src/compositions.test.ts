import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { applyLora, mergeLora, removeLora, tuneLora } from './index.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const values = (model: tf.LayersModel, x: tf.Tensor): number[] =>
  tf.tidy(() => [...(model.predict(x) as tf.Tensor).dataSync()]);

it(
  'merges and removes changes of constrained kernels bit for bit, in models that share a layer, and ' +
    'trains no kernel of a Sequential',
  async () => {
    const constraint = tf.constraints.maxNorm({ maxValue: 0.5 });
    const shared = tf.layers.dense({
      name: 'shared',
      units: 3,
      kernelConstraint: constraint,
      kernelInitializer: tf.initializers.randomNormal({ stddev: 3, seed: 1 }),
    });
    const nested = (name: string): tf.LayersModel => {
      const input = tf.input({ shape: [3] });
      return tf.model({ name, inputs: input, outputs: shared.apply(input) as tf.SymbolicTensor });
    };
    const model = tf.sequential({ layers: [nested('a'), nested('b'), tf.layers.dense({ units: 2 })] });
    model.setUserDefinedMetadata({ labels: ['x', 'y'] });
    const x = tf.randomNormal([4, 3], 0, 1, 'float32', 2);
    const y = values(model, x);
    const start = tf.memory().numTensors;
    const { model: lora, sites } = applyLora(model);
    expect(sites.map(({ layer }) => layer)).toEqual(['a/shared', sites[1]!.layer]);
    expect(values(lora, x)).toEqual(y);
    mergeLora(lora);
    for (const merge of [true, false]) {
      const stock = removeLora(lora, { merge });
      // B is zero: merged or not, the kernel is what it was.
      expect(values(stock, x)).toEqual(y);
      expect(stock.getUserDefinedMetadata()).toEqual({ labels: ['x', 'y'] });
      expect((stock.layers[0] as tf.LayersModel).getLayer('shared')).toBe(
        (stock.layers[1] as tf.LayersModel).getLayer('shared'),
      );
      stock.dispose();
    }
    lora.dispose();
    expect(tf.memory().numTensors).toBe(start);

    const plain = tf.sequential({ layers: [tf.layers.dense({ name: 'first', units: 2, inputShape: [3] })] });
    const { model: trained } = applyLora(plain);
    trained.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await trained.fit(x, tf.ones([4, 2]), { epochs: 1, verbose: 0 });
    expect(values(trained, x)).not.toEqual(values(plain, x));
    expect(values(removeLora(trained), x)).toEqual(values(plain, x));
  },
);

it('tuneLora cuts off heads that are convolutions, or behind a base, and changes all but those', async () => {
  const base = (): tf.LayersModel =>
    tf.sequential({
      name: 'base',
      layers: [
        tf.layers.conv2d({ name: 'conv', filters: 4, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 1] }),
        tf.layers.globalAveragePooling2d({}),
      ],
    });
  const networks = [
    tf.sequential({ layers: [base(), tf.layers.dense({ units: 5 })] }),
    tf.sequential({
      layers: [
        base(),
        tf.layers.reshape({ targetShape: [1, 1, 4] }),
        tf.layers.conv2d({ filters: 5, kernelSize: 1 }),
        tf.layers.flatten(),
        tf.layers.softmax(),
      ],
    }),
  ];
  const examples = {
    images: tf.randomNormal([6, 6, 6, 1], 0, 1, 'float32', 3),
    labels: tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'),
  };
  for (const model of networks) {
    const start = tf.memory().numTensors;
    const { classifier, sites, head, dispose } = await tuneLora(model, examples, examples, { epochs: 1 });
    expect(sites.map(({ layer }) => layer)).toEqual(['base/conv']);
    expect(head.getWeights()[0]!.shape).toEqual([4, 3]);
    expect(values(classifier, examples.images).length).toBe(18);
    dispose();
    expect(tf.memory().numTensors).toBe(start);
  }
});
