import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { getAdapter } from '../adapter/adapter.js';
import { applyAdapter } from '../adapter/adapterHost.js';
import { headLayer } from './headOf.js';
import { linearProbe } from '../probe/linearProbe.js';
import { steer } from '../steer/steer.js';
import { replaceActivations } from '../surgery/replaceActivations.js';
import { tune } from '../train/tune.js';

beforeAll(async () => void (await tf.setBackend('cpu')));
beforeEach(() => tf.engine().startScope());
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

const {
  conv2d,
  dense,
  dropout,
  flatten,
  globalAveragePooling2d: gap,
  globalMaxPooling2d: gmp,
  reshape,
  softmax,
  activation,
  reLU,
  batchNormalization: norm,
} = tf.layers;
const seq = (...layers: tf.layers.Layer[]): tf.Sequential => tf.sequential({ layers });
const conv = (): tf.layers.Layer => conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [6, 6, 1] });
const point = (name: string, more = {}): tf.layers.Layer => conv2d({ name, filters: 5, kernelSize: 1, ...more });
const base = (name = 'base'): tf.LayersModel => tf.sequential({ name, layers: [conv(), gap({})] });
const head = (...layers: tf.layers.Layer[]): tf.LayersModel => tf.sequential({ name: 'head', layers });
const call = (...layers: tf.layers.Layer[]): tf.LayersModel => {
  const input = tf.input({ shape: [6, 6, 1] });
  return tf.model({ inputs: input, outputs: layers.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, input) });
};
const squeezed = (): tf.LayersModel => {
  const input = tf.input({ shape: [6, 6, 1] });
  const trunk = conv().apply(input) as tf.SymbolicTensor;
  const gate = dense({ units: 4, activation: 'sigmoid' }).apply(gap({}).apply(trunk));
  const gated = tf.layers
    .multiply()
    .apply([trunk, reshape({ targetShape: [1, 1, 4] }).apply(gate) as tf.SymbolicTensor]);
  return tf.model({ inputs: input, outputs: gap({}).apply(gated) as tf.SymbolicTensor });
};

/** Models, the path of their head, and the size of their features. */
const models: Record<string, [make: () => tf.LayersModel, head: string | undefined, features: number]> = {
  'a convolution behind pooling, as in MobileNetV1': [
    () =>
      seq(
        conv(),
        gap({}),
        reshape({ targetShape: [1, 1, 4] }),
        dropout({ rate: 0.5 }),
        point('preds'),
        reshape({ targetShape: [5] }),
        activation({ activation: 'softmax' }),
      ),
    'preds',
    4,
  ],
  'a convolution and flatten, as in MobileNetV3': [
    () =>
      seq(
        conv(),
        gap({}),
        reshape({ targetShape: [1, 1, 4] }),
        point('wide', { activation: 'relu6' }),
        point('logits'),
        flatten(),
        softmax(),
      ),
    'logits',
    5,
  ],
  'a convolution before pooling, with a ReLU, as in SqueezeNet': [
    () => seq(conv(), dropout({ rate: 0.5 }), point('conv10', { activation: 'relu' }), gap({}), softmax()),
    'conv10',
    4,
  ],
  'a convolution before global max pooling': [() => seq(conv(), point('scores'), gmp({})), 'scores', 4],
  'a convolution over all positions': [
    () => seq(conv(), conv2d({ name: 'all', filters: 3, kernelSize: 4, activation: 'sigmoid' })),
    'all',
    64,
  ],
  'no head': [() => seq(conv(), gap({})), undefined, 4],
  'no head, 1x1 convolutions': [() => seq(conv(), point('last'), norm(), reLU(), gap({})), undefined, 5],
  'no head and no pooling': [() => seq(conv()), undefined, 64],
  'no head, max pooling': [() => seq(conv(), gmp({})), undefined, 4],
  'no head, Dense layers in gates': [squeezed, undefined, 4],
  'Dense, softmax apart': [
    () =>
      seq(
        conv(),
        flatten(),
        dropout({ rate: 0.1 }),
        dense({ name: 'fc', units: 3 }),
        activation({ activation: 'softmax' }),
      ),
    'fc',
    64,
  ],
  'Dense, then normalisation': [() => seq(conv(), gmp({}), dense({ name: 'fc', units: 3 }), norm()), 'fc', 4],
  'a base and Dense': [() => seq(base(), dense({ name: 'fc', units: 3 })), 'fc', 4],
  'a base in a base, dropout and Dense': [
    () =>
      seq(
        tf.sequential({ name: 'outer', layers: [base(), dropout({ rate: 0.1 })] }),
        dropout({ rate: 0.1 }),
        dense({ name: 'fc', units: 3 }),
      ),
    'fc',
    4,
  ],
  'a base and a head of its own': [
    () => call(base(), head(dense({ name: 'fc', units: 3, inputShape: [4] }), softmax())),
    'head/fc',
    4,
  ],
  'a base and a head of two layers': [
    () =>
      call(
        base(),
        head(
          dense({ units: 7, activation: 'relu', inputShape: [4] }),
          dropout({ rate: 0.1 }),
          dense({ name: 'fc', units: 3 }),
        ),
      ),
    'head/fc',
    7,
  ],
  'a base and a head in a Sequential': [
    () =>
      seq(
        base(),
        head(dense({ units: 7, activation: 'relu', inputShape: [4] }), dense({ name: 'fc', units: 3 })),
        softmax(),
      ),
    'head/fc',
    7,
  ],
  'a whole classifier and softmax': [
    () => seq(tf.sequential({ name: 'net', layers: [base(), dense({ name: 'fc', units: 3 })] }), softmax()),
    'net/fc',
    4,
  ],
};

const examples = {
  images: tf.randomNormal([6, 6, 6, 1], 0, 1, 'float32', 3),
  labels: tf.tensor1d([0, 1, 2, 0, 1, 2], 'int32'),
};
tf.keep(examples.images);
tf.keep(examples.labels);
const quick = { epochs: 1 };

describe.each(Object.entries(models))('%s', (_, [make, path, features]) => {
  it('finds the head', () => {
    const model = make();
    expect(headLayer(model)?.path).toBe(path);
  });

  it('linearProbe, steer and tune put a head on its features, leak nothing and leave the model as it was', async () => {
    const model = make();
    model.setUserDefinedMetadata({ mine: true });
    const output = (): number[] => tf.tidy(() => [...(model.predict(examples.images) as tf.Tensor).dataSync()]);
    const y = output();
    const start = tf.memory().numTensors;
    const runs = [
      () => linearProbe(model, examples, examples, quick),
      () => steer(model, examples, examples, { ...quick, betas: [0.8, 1] }),
      () => tune(model, examples, examples, quick),
    ];
    for (const run of runs) {
      const { classifier, head: made, dispose } = await run();
      expect(made.getWeights()[0]!.shape).toEqual([features, 3]);
      expect(classifier.getUserDefinedMetadata()).toMatchObject({ mine: true });
      expect(tf.tidy(() => (classifier.predict(examples.images) as tf.Tensor).shape)).toEqual([6, 3]);
      dispose();
      expect(tf.memory().numTensors).toBe(start);
      expect(output()).toEqual(y);
    }
  });

  it('an adapter fits the network again, with a head or without', async () => {
    const model = make();
    const tuned = await tune(model, examples, examples, quick);
    expect(tuned.sites.every(({ layer }) => /_ctu$|^re_lu/.test(layer.split('/').at(-1)!))).toBe(true);
    const { model: fresh } = replaceActivations(model, { sharing: 'channel' });
    const adapter = await getAdapter(tuned.classifier, { head: false });
    // What lies behind the features is no part of the classifier.
    const behind = [...new Set(replaceActivations(model).sites.map(({ layer }) => layer))].filter(
      (layer) => !adapter.tensors.has(`${layer}/beta`),
    );
    if (behind.length === 0 && !model.layers.some((layer) => layer.getClassName() === 'BatchNormalization'))
      await applyAdapter(fresh, adapter);
    expect(
      [...adapter.tensors.keys()].every(
        (name) => name.endsWith('beta') || name.endsWith('coeff') || name.includes('moving'),
      ),
    ).toBe(true);
  });
});

it('takes features by path out of nested models, and refuses models that are called twice', async () => {
  const model = call(
    base(),
    head(dense({ units: 7, activation: 'relu', inputShape: [4], name: 'hidden' }), dense({ units: 3 })),
  );
  const sizes = async (features: string): Promise<number> => {
    const { head: made, dispose } = await linearProbe(model, examples, examples, { ...quick, features });
    const [size] = made.getWeights()[0]!.shape as [number];
    dispose();
    return size;
  };
  expect(await sizes('head/hidden')).toBe(7);
  expect(await sizes('head')).toBe(3);
  expect(await sizes('base')).toBe(4);
  await expect(sizes('base/nothing')).rejects.toThrow('no layer "base/nothing"');
  // The activation of a fused layer belongs to its output.
  const steered = await steer(model, examples, examples, { ...quick, betas: [1], features: 'head/hidden' });
  const probed = await linearProbe(model, examples, examples, { ...quick, features: 'head/hidden' });
  const outputs = [steered, probed].map(({ classifier }) => [
    ...(classifier.predict(examples.images) as tf.Tensor).dataSync(),
  ]);
  outputs[0]!.forEach((value, i) => expect(Math.abs(value - outputs[1]![i]!)).toBeLessThan(1e-5));
  const twice = head(dense({ units: 4, inputShape: [4] }), dense({ units: 4 }));
  await expect(linearProbe(call(base(), twice, twice), examples, examples, quick)).rejects.toThrow(
    'lie in "head", which is called at 2 places',
  );
});
