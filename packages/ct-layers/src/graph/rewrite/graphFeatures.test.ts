import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReplaceGraphActivationsOptions } from '../index.js';
import { bake, GraphFeatures, graphFeatures, replaceGraphActivations } from '../index.js';
import { CTActivation, linearProbe } from '../../index.js';
import { copyModel } from '../../copy/rebuild.js';
import { GraphBuilder, ints, text } from '../../../test/graphBuilder.js';
import { relativeDifference } from '../../../test/graphCases.js';
import { leavesNoTensor } from '../../../test/leavesNoTensor.js';

/**
 * A convolution, perhaps a depthwise one, a pooled feature vector of 5 and a classifier; ReLU, ReLU6 and a leaky ReLU.
 */
function network(depthwise = false, quantised = false): tf.io.ModelArtifacts {
  const g = new GraphBuilder();
  g.input('x', [null, 6, 6, 2]);
  g.fused(
    '_FusedConv2D',
    'first',
    'x',
    g.weight('w1', [3, 3, 2, 4], undefined, 'float32', quantised),
    ['BiasAdd', 'Relu6'],
    [g.weight('b1', [4])],
  );
  if (depthwise)
    g.fused(
      'FusedDepthwiseConv2dNative',
      'second',
      'first',
      g.weight('w2', [3, 3, 4, 1]),
      ['BiasAdd', 'Relu'],
      [g.weight('b2', [4])],
    );
  else g.fused('_FusedConv2D', 'second', 'first', g.weight('w2', [3, 3, 4, 4]), ['BiasAdd'], [g.weight('b2', [4])]);
  g.node('Conv2D', 'conv', ['second', g.weight('w3', [1, 1, 4, 5])], {
    strides: ints(1, 2, 2, 1),
    padding: text('VALID'),
    data_format: text('NHWC'),
    dilations: ints(1, 1, 1, 1),
  });
  g.node('LeakyRelu', 'third', [g.node('BiasAdd', 'bias', ['conv', g.weight('b3', [5])])], { alpha: { f: 0.1 } });
  g.node('Mean', 'pooled', ['third', g.weight('axes', [2], [1, 2], 'int32')], { keep_dims: { b: false } });
  g.fused('_FusedMatMul', 'logits', 'pooled', g.weight('head', [5, 3]), ['BiasAdd'], [g.weight('headBias', [3])]);
  g.node('Softmax', 'out', ['logits']);
  return g.artifacts();
}

const trainable: ReplaceGraphActivationsOptions = {
  sharing: 'channel',
  trainable: true,
  beta: 0.7,
  slope: true,
  affine: true,
};

describe.each(['cpu', 'wasm'])('graphFeatures on %s', (backend) => {
  beforeAll(async () => {
    expect(await tf.setBackend(backend)).toBe(true);
  });
  leavesNoTensor();

  it('computes the input of the last MatMul unless another node is named', async () => {
    const steered = await replaceGraphActivations(network(), trainable);
    const x = tf.randomNormal([3, 6, 6, 2], 0, 1, 'float32', 5);
    for (const [output, shape] of [
      [undefined, [null, 5]],
      ['first', [null, 6, 6, 4]],
      ['out', [null, 3]],
    ] as const) {
      const model = graphFeatures(steered, output === undefined ? {} : { output });
      expect(model.outputs[0]!.shape).toEqual(shape);
      tf.tidy(() => {
        const [y, direct] = [model.predict(x) as tf.Tensor, steered.model.execute(x, output ?? 'pooled') as tf.Tensor];
        expect([...y.dataSync()]).toEqual([...direct.dataSync()]);
      });
      model.dispose();
    }
    expect(() => graphFeatures(steered, { output: 'nobody' })).toThrow(/graphFeatures: no node "nobody"/);
    x.dispose();
    steered.model.dispose();
  });

  it(
    'gradients in every weight of the CT layers equal central differences of fourth order to 5e-3 of the ' +
      'largest, and no filter gradient is computed',
    async () => {
      // tfjs-wasm has no gradients of depthwise convolutions.
      const steered = await replaceGraphActivations(network(backend === 'cpu'), trainable);
      const model = graphFeatures(steered, { output: 'logits' });
      const layer = model.layers.at(-1) as GraphFeatures;
      expect(model.trainableWeights).toHaveLength(backend === 'cpu' ? 15 : 10);
      const x = tf.randomNormal([2, 6, 6, 2], 0, 1, 'float32', 5);
      const direction = tf.randomNormal([2, 3], 0, 1, 'float32', 6);
      const loss = (): tf.Scalar =>
        tf.tidy(() => tf.sum(tf.mul(model.apply(x, { training: true }) as tf.Tensor, direction)));
      const variables = [...layer.activations.values()].flatMap(({ rawWeights }) =>
        Object.entries(rawWeights).map(([name, weight]) => ({ name, variable: weight.read() as tf.Variable })),
      );
      const kernels: string[] = [];
      const profile = await tf.profile(() => {
        const { value, grads } = tf.variableGrads(
          loss,
          variables.map(({ variable }) => variable),
        );
        value.dispose();
        return grads;
      });
      kernels.push(...profile.kernelNames);
      const gradients = profile.result as tf.NamedTensorMap;
      expect(kernels.filter((kernel) => kernel.includes('BackpropFilter') || kernel.includes('Fused'))).toEqual([]);
      const h = 3e-2;
      for (const { name, variable } of variables) {
        const analytic = await gradients[variable.name]!.data();
        const start = await variable.data();
        const numeric = Array.from(start, (_, i) => {
          const at = (offset: number): number => {
            tf.tidy(() =>
              variable.assign(
                tf.tensor(
                  start.map((v, j) => (j === i ? v + offset : v)),
                  variable.shape,
                ),
              ),
            );
            return tf.tidy(() => loss().dataSync()[0]!);
          };
          return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        });
        tf.tidy(() => variable.assign(tf.tensor(start, variable.shape)));
        expect(relativeDifference(numeric, [...analytic]), `${name} of ${variable.name}`).toBeLessThan(5e-3);
      }
      tf.dispose([x, direction, gradients]);
      model.dispose();
      steered.model.dispose();
    },
  );

  it("tfjs's own fit trains the CT layers, and steered model and baked model follow", async () => {
    const steered = await replaceGraphActivations(network(), trainable);
    const features = graphFeatures(steered, { output: 'out', name: 'graph' });
    features.compile({ optimizer: tf.train.adam(0.05), loss: 'sparseCategoricalCrossentropy' });
    const x = tf.randomNormal([12, 6, 6, 2], 0, 1, 'float32', 5);
    const y = tf.tensor1d(
      Array.from({ length: 12 }, (_, i) => i % 3),
      'float32',
    );
    const { history } = await features.fit(x, y, { epochs: 8, batchSize: 12, verbose: 0 });
    expect(history['loss']!.at(-1) as number).toBeLessThan(0.9 * (history['loss']![0] as number));
    const baked = await tf.loadGraphModel(tf.io.fromMemory(await bake(steered)));
    const again = await tf.loadGraphModel(tf.io.fromMemory(await bake(features)));
    tf.tidy(() => {
      const values = [features.predict(x), steered.model.predict(x), baked.predict(x), again.predict(x)].map((t) => [
        ...(t as tf.Tensor).dataSync(),
      ]);
      expect(values[1]).toEqual(values[0]);
      expect(relativeDifference(values[0]!, values[2]!)).toBeLessThan(1e-6);
      expect(values[3]).toEqual(values[2]);
    });
    const optimizer = (features as unknown as { optimizer: tf.Optimizer }).optimizer;
    optimizer.dispose();
    tf.dispose([x, y]);
    [baked, again].forEach((model) => model.dispose());
    features.dispose();
    steered.model.dispose();
  });

  it('getWeights, setWeights and the names of the weights are those of the CT layers', async () => {
    const steered = await replaceGraphActivations(network(), { ...trainable, slope: false, affine: false });
    const model = graphFeatures(steered);
    expect(model.weights.map(({ shape }) => shape)).toEqual([
      [1, 1, 4],
      [1, 1, 4],
      [1, 1, 5],
      [1, 1, 5],
    ]);
    tf.tidy(() => model.setWeights(model.getWeights().map((w) => tf.fill(w.shape, 0.25))));
    expect([...steered.activations.get('third')!.rawWeights.beta.read().dataSync()]).toEqual([
      0.25, 0.25, 0.25, 0.25, 0.25,
    ]);
    let saved: tf.io.ModelArtifacts | undefined;
    const handler = tf.io.withSaveHandler(
      (artifacts) => (
        (saved = artifacts),
        Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } })
      ),
    );
    await model.save(handler);
    expect(saved!.weightSpecs!.map(({ name }) => name)).toEqual([
      'first/beta',
      'first/coeff',
      'third/beta',
      'third/coeff',
    ]);
    const frozen = await replaceGraphActivations(network());
    const frozenModel = graphFeatures(frozen);
    expect(frozenModel.trainableWeights).toEqual([]);
    expect(frozenModel.weights).toHaveLength(4);
    [model, frozenModel].forEach((m) => m.dispose());
    [steered, frozen].forEach((s) => s.model.dispose());
  });

  it(
    'copies have CT layers of their own on the same graph, which lives until the last of them is disposed ' + 'of',
    async () => {
      const steered = await replaceGraphActivations(network(), trainable);
      const first = graphFeatures(steered);
      const copy = copyModel(first);
      const x = tf.randomNormal([1, 6, 6, 2], 0, 1, 'float32', 5);
      const values = (model: tf.LayersModel): number[] =>
        tf.tidy(() => [...(model.predict(x) as tf.Tensor).dataSync()]);
      expect(values(copy)).toEqual(values(first));
      const layer = copy.layers.at(-1) as GraphFeatures;
      expect([...layer.activations.keys()]).toEqual(['first', 'third']);
      for (const activation of layer.activations.values()) {
        expect(activation).toBeInstanceOf(CTActivation);
        activation.setBeta(0.2);
      }
      expect(values(copy)).not.toEqual(values(first));
      const atStart = values(first);
      steered.model.dispose();
      first.dispose();
      expect(values(copy)).not.toEqual(atStart);
      const baked = await tf.loadGraphModel(tf.io.fromMemory(await bake(copy)));
      const direct = tf.tidy(() => [...(baked.execute(x, 'pooled') as tf.Tensor).dataSync()]);
      expect(relativeDifference(values(copy), direct)).toBeLessThan(1e-6);
      const config = layer.getConfig();
      baked.dispose();
      copy.dispose();
      x.dispose();
      expect(() => new GraphFeatures(config as unknown as ConstructorParameters<typeof GraphFeatures>[0])).toThrow(
        /GraphFeatures: graph \d+ of layer .* was disposed of/,
      );
    },
  );

  it('the linear probe fits a head to the features of a graph', async () => {
    const steered = await replaceGraphActivations(network(), { beta: 0.9 });
    const features = graphFeatures(steered, { name: 'graph' });
    const examples = {
      images: tf.randomNormal([24, 6, 6, 2], 0, 1, 'float32', 5),
      labels: tf.tensor1d(
        Array.from({ length: 24 }, (_, i) => i % 2),
        'int32',
      ),
    };
    const result = await linearProbe(features, examples, examples, { features: 'graph', solver: 'lbfgs' });
    expect(result.classifier.outputs[0]!.shape).toEqual([null, 2]);
    expect(result.validationAccuracy).toBeGreaterThan(0.5);
    result.dispose();
    tf.dispose(examples);
    features.dispose();
    steered.model.dispose();
  });

  it(
    'an affine folds into convolutions, MatMuls and batch norms with float32 weights, and becomes nodes ' + 'elsewhere',
    async () => {
      const x = tf.randomNormal([2, 6, 6, 2], 0, 1, 'float32', 5);
      for (const [artifacts, ops] of [
        [network(), 0],
        [network(false, true), 1],
      ] as const) {
        const steered = await replaceGraphActivations(artifacts, { affine: true });
        for (const { rawWeights } of steered.activations.values()) {
          tf.tidy(
            () =>
              void rawWeights.scale!.write(
                tf.add(1, tf.randomNormal(rawWeights.scale!.shape as number[], 0, 0.3, 'float32', 8)),
              ),
          );
          tf.tidy(
            () =>
              void rawWeights.shift!.write(tf.randomNormal(rawWeights.shift!.shape as number[], 0, 0.3, 'float32', 9)),
          );
        }
        const plain = await replaceGraphActivations(artifacts, {});
        const [baked, without] = [await bake(steered), await bake(plain)];
        const nodes = (model: tf.io.ModelArtifacts): string[] =>
          (model.modelTopology as { node: { op: string }[] }).node.map(({ op }) => op).filter((op) => op !== 'Const');
        // One Mul and one AddV2 for each that does not fold.
        expect(nodes(baked).length - nodes(without).length).toBe(2 * ops);
        if (ops === 0)
          expect((baked.weightData as ArrayBuffer).byteLength).toBe((without.weightData as ArrayBuffer).byteLength);
        const model = await tf.loadGraphModel(tf.io.fromMemory(baked));
        tf.tidy(() => {
          const [a, b] = [steered.model.predict(x) as tf.Tensor, model.predict(x) as tf.Tensor];
          expect(relativeDifference([...a.dataSync()], [...b.dataSync()])).toBeLessThan(1e-6);
        });
        [model, steered.model, plain.model].forEach((m) => m.dispose());
      }
      x.dispose();
    },
  );

  it("a node's name that is no name for a tfjs layer is kept all the same", async () => {
    const g = new GraphBuilder();
    g.input('x', [null, 3]);
    g.node('Relu', '_a>b;c', ['x']);
    const steered = await replaceGraphActivations(g.artifacts(), trainable);
    const [model, x] = [graphFeatures(steered), tf.ones([1, 3])];
    const copy = copyModel(model);
    expect([...(copy.layers.at(-1) as GraphFeatures).activations.keys()]).toEqual(['_a>b;c']);
    tf.tidy(
      () =>
        void expect((copy.predict(x) as tf.Tensor).dataSync()).toEqual(
          (steered.model.execute(x, '_a>b;c') as tf.Tensor).dataSync(),
        ),
    );
    [model, copy, steered.model, x].forEach((thing) => thing.dispose());
  });

  it('bake names what it cannot do', async () => {
    const steered = await replaceGraphActivations(network());
    await expect(bake(steered, 'nowhere://model')).rejects.toThrow(
      /bake: 0 IO handlers can save to "nowhere:\/\/model"/,
    );
    steered.model.dispose();
  });

  it('saves through an IO handler', async () => {
    const steered = await replaceGraphActivations(network(), { beta: 0.8 });
    let saved: tf.io.ModelArtifacts | undefined;
    const returned = await bake(
      steered,
      tf.io.withSaveHandler((artifacts) => {
        saved = artifacts;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
      }),
    );
    expect(saved).toBe(returned);
    steered.model.dispose();
  });

  it('100 rounds of features, copies and predictions leave no tensor behind', async () => {
    const x = tf.randomNormal([1, 6, 6, 2], 0, 1, 'float32', 5);
    const inUse = tf.memory().numTensors;
    for (let round = 0; round < 100; round++) {
      const steered = await replaceGraphActivations(network(), trainable);
      const features = graphFeatures(steered);
      const copy = copyModel(features);
      tf.tidy(() => void copy.predict(x));
      if (round % 2 === 0) steered.model.dispose();
      [features, copy].forEach((model) => model.dispose());
      if (round % 2 === 1) steered.model.dispose();
    }
    expect(tf.memory().numTensors).toBe(inUse);
    x.dispose();
  });
});
