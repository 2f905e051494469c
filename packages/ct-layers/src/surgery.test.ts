import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { phi } from '@curvature-tuning/activation/math';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CTActivation } from './ctActivation.js';
import { copyModel, replaceActivations } from './surgery.js';

/** The largest difference of two models' outputs on random input, relative to the largest output of the first. */
function difference(a: tf.LayersModel, b: tf.LayersModel): number {
  const inputs = a.inputs.map(({ shape }) => tf.randomNormal([2, ...(shape.slice(1) as number[])], 0, 1, 'float32', 7));
  const [ya, yb] = [a, b].map((m) => [m.predict(inputs.length === 1 ? inputs[0]! : inputs)].flat() as tf.Tensor[]);
  expect(ya!.length).toBe(yb!.length);
  const largest = (ts: tf.Tensor[]): number => Math.max(...ts.map((t) => tf.max(tf.abs(t)).dataSync()[0]!));
  return largest(ya!.map((y, i) => tf.sub(y, yb![i]!))) / Math.max(1, largest(ya!));
}

const models: Record<string, () => tf.LayersModel> = {
  'Sequential with a ReLU layer first': () =>
    tf.sequential({ layers: [tf.layers.reLU({ inputShape: [4] }), tf.layers.dense({ units: 3 }), tf.layers.activation({ activation: 'relu' }), tf.layers.dense({ units: 2 })] }),
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
    const conv = tf.layers.conv2d({ filters: 3, kernelSize: 3, padding: 'same', activation: 'relu', name: 'conv' }).apply(input) as tf.SymbolicTensor;
    const norm = tf.layers.batchNormalization().apply(conv) as tf.SymbolicTensor;
    const sum = tf.layers.add().apply([norm, conv]) as tf.SymbolicTensor;
    const relu = tf.layers.reLU({ name: 'relu' }).apply(sum) as tf.SymbolicTensor;
    const logits = tf.layers.dense({ units: 2 }).apply(tf.layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }).apply(relu)) as tf.SymbolicTensor;
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
    return tf.model({ inputs: input, outputs: relu.apply(tf.layers.dense({ units: 4 }).apply(dense.apply(once))) as tf.SymbolicTensor });
  },
  'a nested model called at two places': () => {
    const inner = tf.sequential({ name: 'inner', layers: [tf.layers.dense({ units: 4, activation: 'relu', inputShape: [4] })] });
    const input = tf.input({ shape: [4] });
    return tf.model({ inputs: input, outputs: inner.apply(inner.apply(input)) as tf.SymbolicTensor });
  },
  'nested models': () => {
    const inner = tf.sequential({ name: 'inner', layers: [tf.layers.dense({ units: 4, activation: 'relu', inputShape: [4] }), tf.layers.batchNormalization()] });
    const input = tf.input({ shape: [4] });
    const outer = tf.model({ name: 'outer', inputs: input, outputs: tf.layers.reLU().apply(inner.apply(input)) as tf.SymbolicTensor });
    return tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [4] }), outer, tf.layers.dense({ units: 2 })] });
  },
};

describe.each(['cpu', 'wasm'])('replaceActivations on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));
  beforeEach(() => tf.engine().startScope());
  afterEach(() => {
    tf.engine().endScope();
    tf.disposeVariables();
  });

  for (const [name, make] of Object.entries(models)) {
    it(`equals the original to 1e-6 at beta = 1, moves with beta, and leaves the original alone: ${name}`, () => {
      const original = make();
      // Everything random, so that a weight in the wrong place shows.
      original.layers.forEach((layer) => layer.setWeights(layer.weights.map((w) => tf.randomUniform(w.shape as number[], 0.2, 1))));
      const reference = copyModel(original);
      const { model, sites, setBeta } = replaceActivations(original);
      expect(difference(original, model)).toBeLessThan(1e-6);
      setBeta(0.5);
      expect(difference(original, model)).toBeGreaterThan(1e-3);
      setBeta(1);
      expect(difference(original, model)).toBeLessThan(1e-6);
      expect(difference(original, reference)).toBe(0);
      expect(sites.length).toBeGreaterThan(0);
      expect(sites.every(({ kind, channels }) => kind === 'relu' && channels! > 0)).toBe(true);
    });

    it(`shares weights instead of copying them, and disposes of its own alone: ${name}`, () => {
      const original = make();
      const start = tf.memory();
      for (let round = 0; round < 3; round++) {
        const { model, sites } = replaceActivations(original, { beta: 0.9 });
        // Each CT layer has two numbers of its own.
        expect(tf.memory().numDataBuffers - start.numDataBuffers).toBe(2 * sites.length);
        model.dispose();
        expect(tf.memory().numDataBuffers).toBe(start.numDataBuffers);
        expect(tf.memory().numTensors).toBe(start.numTensors);
      }
      expect(difference(original, original)).toBe(0);
    });
  }

  it('gives every site the one beta and coeff, and saves them', async () => {
    const { model, setBeta, setCoeff } = replaceActivations(models['Sequential with fused ReLUs']!(), { beta: 0.7, coeff: 0.2 });
    const x = tf.randomNormal([2, 8, 8, 2]);
    const y = model.predict(x) as tf.Tensor;
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(tf.io.withSaveHandler((artifacts) => ((saved = artifacts), Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } }))));
    const loaded = await tf.loadLayersModel(tf.io.fromMemory(saved!));
    expect((loaded.predict(x) as tf.Tensor).dataSync()).toEqual(y.dataSync());
    setBeta(1);
    setCoeff(0.5);
    expect((model.predict(x) as tf.Tensor).dataSync()).not.toEqual(y.dataSync());
  });

  it('computes phi: a Dense with fused ReLU agrees with float64 to 1e-6', () => {
    const original = tf.sequential({ layers: [tf.layers.dense({ units: 1, useBias: false, activation: 'relu', kernelInitializer: 'ones', inputShape: [1] })] });
    const { model } = replaceActivations(original, { beta: 0.8, coeff: 0.3 });
    const x = [-3, -0.5, 0, 0.2, 2];
    (model.predict(tf.tensor2d(x, [5, 1])) as tf.Tensor).dataSync().forEach((y, i) => expect(Math.abs(y - phi(x[i]!, 0.8, 0.3))).toBeLessThan(1e-6));
  });

  it('reports the sites: names, fused or not, shapes, calls', () => {
    const { sites } = replaceActivations(models['a ReLU and a fused Dense called at two places']!());
    expect(sites).toEqual([
      { layer: 'shared_ctu', source: 'shared', kind: 'relu', fused: true, shape: [null, 4], channels: 4, calls: 2 },
      { layer: 'relu', source: 'relu', kind: 'relu', fused: false, shape: [null, 4], channels: 4, calls: 2 },
    ]);
    expect(replaceActivations(models['nested models']!()).sites.map(({ source }) => source.split('/').slice(0, -1))).toEqual([['outer', 'inner'], ['outer']]);
  });

  it('keeps initializers, trainability and layer names of what it does not touch', () => {
    const original = models['functional with a skip and two outputs']!();
    original.getLayer('conv').trainable = false;
    const { model } = replaceActivations(original, { exclude: 'conv' });
    expect(model.getLayer('conv').getConfig()).toEqual(original.getLayer('conv').getConfig());
    expect(model.getLayer('conv').trainable).toBe(false);
    expect(model.layers.map(({ name }) => name)).toEqual(original.layers.map(({ name }) => name));
  });

  it('selects by name, pattern and predicate', () => {
    const make = models['functional with a skip and two outputs']!;
    const sources = (options: Parameters<typeof replaceActivations>[1]): string[] => replaceActivations(make(), options).sites.map(({ source }) => source);
    expect(sources({})).toEqual(['conv', 'relu']);
    expect(sources({ include: 'conv' })).toEqual(['conv']);
    expect(sources({ include: [/^re/g, 'conv'] })).toEqual(['conv', 'relu']);
    expect(sources({ exclude: /conv/ })).toEqual(['relu']);
    expect(sources({ include: ({ fused }) => fused })).toEqual(['conv']);
  });

  it('trains after the replacement without touching the original', async () => {
    const original = tf.sequential({ layers: [tf.layers.dense({ units: 3, activation: 'relu', inputShape: [2] }), tf.layers.dense({ units: 1 })] });
    const kernel = [...original.layers[0]!.getWeights()[0]!.dataSync()];
    const { model } = replaceActivations(original, { beta: 0.8 });
    model.compile({ loss: 'meanSquaredError', optimizer: 'sgd' });
    await model.fit(tf.randomNormal([8, 2]), tf.ones([8, 1]), { epochs: 1, verbose: 0 });
    expect([...original.layers[0]!.getWeights()[0]!.dataSync()]).toEqual(kernel);
    expect([...model.layers[0]!.getWeights()[0]!.dataSync()]).not.toEqual(kernel);
    expect(model.layers.filter((layer) => layer instanceof CTActivation).every(({ trainableWeights }) => trainableWeights.length === 0)).toBe(true);
  });

  it('says what the model has when nothing matches, and refuses what it cannot replace', () => {
    const dense = tf.sequential({ name: 'plain', layers: [tf.layers.dense({ units: 2, activation: 'tanh', inputShape: [3], name: 'hidden' }), tf.layers.reLU({ maxValue: 6, name: 'six' })] });
    expect(() => replaceActivations(dense)).toThrow('replaceActivations: no activation matched in "plain"; it has no ReLU; other activations: hidden (Dense, tanh), six (ReLU)');
    const conv = models['functional with a skip and two outputs']!();
    expect(() => replaceActivations(conv, { include: 'cnov' })).toThrow('"cnov" is no activation of');
    expect(() => replaceActivations(conv, { include: /nothing/ })).toThrow('its ReLUs: conv, relu');
    const recurrent = tf.sequential({ layers: [tf.layers.simpleRNN({ units: 2, activation: 'relu', inputShape: [3, 2], name: 'rnn' }), tf.layers.reLU()] });
    expect(() => replaceActivations(recurrent)).toThrow("the ReLU inside \"rnn\" (SimpleRNN) cannot be replaced; pass exclude: 'rnn' to keep it");
    expect(replaceActivations(recurrent, { exclude: 'rnn' }).sites.length).toBe(1);
    const wrapped = tf.sequential({ layers: [tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2, activation: 'relu' }), inputShape: [3, 2], name: 'td' })] });
    expect(() => replaceActivations(wrapped)).toThrow('the ReLU inside "td" (TimeDistributed) cannot be replaced');
    expect(() => replaceActivations(conv, { beta: 1.2 })).toThrow(new RangeError('replaceActivations: beta must lie in [0, 1], got 1.2'));
  });
});
