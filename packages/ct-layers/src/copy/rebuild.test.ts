import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { difference } from '../../test/structures.js';
import { leafLayers } from '../model/modelConfig.js';
import { copyModel } from './rebuild.js';
import { replaceActivations } from '../surgery/replaceActivations.js';

beforeAll(async () => void (await tf.setBackend('cpu')));
beforeEach(() => tf.engine().startScope());
afterEach(() => {
  tf.engine().endScope();
  tf.disposeVariables();
});

type Args = NonNullable<ConstructorParameters<typeof tf.layers.Layer>[0]>;
const x = tf.tensor2d([
  [-1, 0.5],
  [2, -3],
]);
const leaky = { className: 'LeakyReLU', config: { alpha: 0.07 } } as unknown as 'relu';
const values = (model: tf.LayersModel): number[] => tf.tidy(() => [...(model.predict(x) as tf.Tensor).dataSync()]);
const withLayer = (layer: tf.layers.Layer): tf.LayersModel =>
  tf.sequential({ layers: [tf.layers.dense({ units: 2, inputShape: [2], activation: 'relu' }), layer] });

describe('copies of layers whose activation is a layer', () => {
  const networks: Record<string, () => tf.layers.Layer[]> = {
    Dense: () => [tf.layers.dense({ units: 3, activation: leaky, inputShape: [4] })],
    Conv1D: () => [tf.layers.conv1d({ filters: 2, kernelSize: 2, activation: leaky, inputShape: [4, 2] })],
    Conv2D: () => [tf.layers.conv2d({ filters: 2, kernelSize: 2, activation: leaky, inputShape: [4, 4, 2] })],
    Conv2DTranspose: () => [
      tf.layers.conv2dTranspose({ filters: 2, kernelSize: 2, activation: leaky, inputShape: [4, 4, 2] }),
    ],
    SeparableConv2D: () => [
      tf.layers.separableConv2d({ filters: 2, kernelSize: 2, activation: leaky, inputShape: [4, 4, 2] }),
    ],
    DepthwiseConv2D: () => [tf.layers.depthwiseConv2d({ kernelSize: 2, activation: leaky, inputShape: [4, 4, 2] })],
    Activation: () => [tf.layers.activation({ activation: leaky, inputShape: [4] })],
    SimpleRNN: () => [tf.layers.simpleRNN({ units: 2, activation: leaky, inputShape: [4, 2] })],
    GRU: () => [tf.layers.gru({ units: 2, activation: leaky, recurrentActivation: leaky, inputShape: [4, 2] })],
    LSTM: () => [tf.layers.lstm({ units: 2, activation: leaky, inputShape: [4, 2] })],
    'stacked cells': () => [
      tf.layers.rnn({
        cell: [tf.layers.lstmCell({ units: 2, activation: leaky }), tf.layers.gruCell({ units: 3, activation: leaky })],
        inputShape: [4, 2],
      }) as tf.layers.Layer,
    ],
    Bidirectional: () => [
      tf.layers.bidirectional({ layer: tf.layers.gru({ units: 2, activation: leaky }), inputShape: [4, 2] }),
    ],
    'TimeDistributed Dense': () => [
      tf.layers.timeDistributed({ layer: tf.layers.dense({ units: 2, activation: leaky }), inputShape: [4, 2] }),
    ],
  };
  for (const [name, make] of Object.entries(networks)) {
    it(`${name}: the copy, and the copy of the copy, compute the same`, async () => {
      const original = tf.sequential({ layers: [...make(), tf.layers.reLU()] });
      expect(await difference(original, copyModel(copyModel(original)))).toBe(0);
      expect(await difference(original, replaceActivations(original).model)).toBeLessThan(1e-6);
    });
  }

  it('keeps an alpha that was changed after construction', async () => {
    const layer = tf.layers.dense({ units: 2, activation: leaky });
    (layer as unknown as { activation: { alpha: number } }).activation.alpha = 3;
    const original = withLayer(layer);
    expect(await difference(original, copyModel(original))).toBe(0);
  });
});

describe('copies of custom layers', () => {
  class Scale extends tf.layers.Layer {
    static readonly className: string = 'Scale';
    readonly by: number;
    constructor(args: Args & { by?: number } = {}) {
      super(args);
      this.by = args.by ?? 1;
    }
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return tf.mul([inputs].flat()[0]!, this.by);
    }
  }

  it('keeps a field that getConfig leaves out, of a class that is not registered', () => {
    const original = withLayer(new Scale({ by: 5 }));
    expect(values(copyModel(original))).toEqual(values(original));
    expect(values(copyModel(copyModel(original)))).toEqual(values(original));
  });

  it(
    'refuses by name what no field tells: a closure, a private field, a tensor, a method of its own; and ' +
      'leaks nothing',
    () => {
      class Closure extends tf.layers.Layer {
        static readonly className: string = 'Closure';
        private readonly f: (t: tf.Tensor) => tf.Tensor;
        constructor(args: Args & { by?: number } = {}) {
          super(args);
          const by = args.by ?? 1;
          this.f = (t) => tf.mul(t, by);
        }
        override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
          return this.f([inputs].flat()[0]!);
        }
      }
      // What a #private field is compiled to: no field that others see.
      const factors = new WeakMap<tf.layers.Layer, number>();
      class Private extends tf.layers.Layer {
        static readonly className: string = 'Private';
        constructor(args: Args & { by?: number } = {}) {
          super(args);
          factors.set(this, args.by ?? 1);
        }
        override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
          return tf.mul([inputs].flat()[0]!, factors.get(this)!);
        }
      }
      class Mean extends tf.layers.Layer {
        static readonly className: string = 'Mean';
        readonly mean?: tf.Tensor;
        constructor(args: Args & { mean?: tf.Tensor } = {}) {
          super(args);
          if (args.mean) this.mean = args.mean;
        }
        override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
          return this.mean ? tf.sub([inputs].flat()[0]!, this.mean) : [inputs].flat()[0]!;
        }
      }
      const changed = tf.layers.dense({ units: 2, name: 'changed' });
      changed.call = (inputs) => tf.neg([inputs].flat()[0]!);
      const layers: [tf.layers.Layer, string][] = [
        [
          new Closure({ by: 2, name: 'closed' }),
          'the layer "closed" (Closure) cannot be copied: a layer made from its configuration computes something else',
        ],
        [
          new Private({ by: 2, name: 'secret' }),
          'the layer "secret" (Private) cannot be copied: a layer made from its configuration computes something else',
        ],
        [
          new Mean({ mean: tf.tensor1d([1, 2]), name: 'centred' }),
          'the layer "centred" (Mean) cannot be copied: it keeps a tensor in its field mean',
        ],
        [changed, 'the layer "changed" (Dense) cannot be copied: its method call was set on the layer itself'],
      ];
      for (const [layer, message] of layers) {
        const original = withLayer(layer);
        const start = tf.memory().numTensors;
        expect(() => copyModel(original)).toThrow(`copyModel: ${message}`);
        expect(() => replaceActivations(original)).toThrow(`replaceActivations: ${message}`);
        expect(tf.memory().numTensors).toBe(start);
      }
    },
  );

  it('copies what differs from itself, as a layer of noise does', () => {
    class Noise extends tf.layers.Layer {
      static readonly className: string = 'Noise';
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        const [input] = [inputs].flat() as [tf.Tensor];
        return tf.add(input, tf.randomNormal(input.shape));
      }
    }
    expect(copyModel(withLayer(new Noise())).layers.length).toBe(2);
  });

  it('copies layers that a layer is made of, their weights with them, made when it first runs or before', () => {
    class Block extends tf.layers.Layer {
      static readonly className: string = 'Block';
      readonly inner: tf.layers.Layer;
      constructor(args: Args & { inner?: tf.layers.Layer } = {}) {
        super(args);
        this.inner = args.inner ?? tf.layers.dense({ units: 2 });
      }
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        return this.inner.apply([inputs].flat()[0]!) as tf.Tensor;
      }
    }
    for (const block of [new Block(), new Block({ inner: tf.layers.dense({ units: 2, activation: leaky }) })]) {
      const original = withLayer(block);
      values(original);
      const copy = copyModel(original);
      expect(values(copy)).toEqual(values(original));
      expect((copy.layers[1] as Block).inner).not.toBe(block.inner);
    }
  });

  it('refuses a model with a method call of its own', () => {
    class Twice extends tf.LayersModel {
      override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor | tf.Tensor[] {
        return tf.mul([super.call(inputs, kwargs)].flat()[0]!, 2);
      }
    }
    const input = tf.input({ shape: [2] });
    const inner = new Twice({
      inputs: input,
      outputs: tf.layers.dense({ units: 2 }).apply(input) as tf.SymbolicTensor,
      name: 'twice',
    });
    expect(() => copyModel(withLayer(inner))).toThrow(
      'the layer "twice" (Model) cannot be copied: its method call is its own',
    );
  });
});

describe('what copies keep', () => {
  it('shares buffers of weights that a constraint would change', () => {
    const dense = tf.layers.dense({
      units: 2,
      kernelInitializer: tf.initializers.constant({ value: 9 }),
      kernelConstraint: tf.constraints.maxNorm({ maxValue: 1 }),
      biasRegularizer: 'l1l2',
    });
    const original = withLayer(dense);
    const start = tf.memory().numDataBuffers;
    const copy = copyModel(original);
    expect(tf.memory().numDataBuffers).toBe(start);
    expect(values(copy)).toEqual(values(original));
    expect(copy.layers[1]!.weights[0]!.constraint).toBe(dense.weights[0]!.constraint);
    expect(copy.calculateLosses().length).toBe(original.calculateLosses().length);
  });

  it('a layer that two nested models share is one layer in the copy, beside a call of its own', () => {
    const shared = tf.layers.dense({ units: 2, activation: 'relu', name: 'shared' });
    const nested = (name: string): tf.LayersModel => {
      const input = tf.input({ shape: [2] });
      return tf.model({ name, inputs: input, outputs: shared.apply(input) as tf.SymbolicTensor });
    };
    const input = tf.input({ shape: [2] });
    const [a, b] = [nested('a'), nested('b')];
    const original = tf.model({ inputs: input, outputs: shared.apply(b.apply(a.apply(input))) as tf.SymbolicTensor });
    const start = tf.memory().numTensors;
    const copy = copyModel(original);
    const { model, sites } = replaceActivations(original, { beta: 0.8 });
    for (const made of [copy, model]) {
      const inner = (name: string): tf.layers.Layer => (made.getLayer(name) as tf.LayersModel).getLayer('shared');
      expect(inner('a')).toBe(inner('b'));
      expect(made.getLayer('shared')).toBe(inner('a'));
    }
    expect(sites.map(({ layer, calls }) => [layer, calls])).toEqual([['a/shared_ctu', 3]]);
    expect(values(copy)).toEqual(values(original));
    copy.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });

  it('trainable as it was set: on weights, on cells, on wrappers, on models, before and after', () => {
    const cells = [tf.layers.lstmCell({ units: 2 }), tf.layers.lstmCell({ units: 2 })];
    const both = tf.layers.bidirectional({
      layer: tf.layers.gru({ units: 2, returnSequences: true }),
      name: 'both',
      inputShape: [3, 2],
    });
    const rnn = tf.layers.rnn({ cell: cells, name: 'rnn' });
    const head = tf.sequential({
      name: 'head',
      layers: [
        tf.layers.dense({ units: 2, inputShape: [2], name: 'inner', trainable: false }),
        tf.layers.dense({ units: 1 }),
      ],
    });
    const original = tf.sequential({
      layers: [both, rnn as tf.layers.Layer, head, tf.layers.dense({ units: 1, name: 'last' })],
    });
    both.trainable = false;
    cells[0]!.trainable = false;
    original.getLayer('last').weights[1]!.trainable = false;
    const names = (model: tf.LayersModel): unknown =>
      [model.trainableWeights, model.nonTrainableWeights].map((list) => list.map(({ originalName }) => originalName));
    const sums = (model: tf.LayersModel): unknown => model.getWeights().map((weight) => weight.dataSync());
    expect(names(copyModel(original))).toEqual(names(original));
    head.trainable = false;
    const copy = copyModel(copyModel(original));
    expect(names(copy)).toEqual(names(original));
    expect(sums(copy)).toEqual(sums(original));
    expect(copy.getLayer('both').trainable).toBe(false);
  });

  it('metadata of models at every depth, each its own', () => {
    const inner = tf.sequential({
      name: 'inner',
      layers: [tf.layers.dense({ units: 2, activation: 'relu', inputShape: [2] })],
    });
    const input = tf.input({ shape: [2] });
    const original = tf.model({ inputs: input, outputs: inner.apply(input) as tf.SymbolicTensor });
    const labels = { labels: ['a', 'b'] };
    original.setUserDefinedMetadata(labels);
    inner.setUserDefinedMetadata({ inner: true });
    for (const copy of [copyModel(original), replaceActivations(original).model]) {
      expect(copy.getUserDefinedMetadata()).toEqual(labels);
      expect(copy.getUserDefinedMetadata()).not.toBe(labels);
      expect((copy.getLayer('inner') as tf.LayersModel).getUserDefinedMetadata()).toEqual({ inner: true });
    }
  });

  it('initial states of a recurrent layer, several inputs, outputs and states', async () => {
    const [sequence, h] = [tf.input({ shape: [3, 2] }), tf.input({ shape: [2] })];
    const outputs = tf.layers
      .gru({ units: 2, returnState: true, returnSequences: true })
      .apply(sequence, { initialState: [h] }) as tf.SymbolicTensor[];
    const original = tf.model({
      inputs: [sequence, h],
      outputs: [...outputs, tf.layers.reLU().apply(h) as tf.SymbolicTensor],
    });
    expect(await difference(original, copyModel(original))).toBe(0);
    expect(await difference(original, replaceActivations(original).model)).toBeLessThan(1e-6);
  });

  it('layers of a Sequential that belong to another Sequential too, or come twice', () => {
    const first = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [2], activation: 'relu' }), tf.layers.dense({ units: 2 })],
    });
    const relu = tf.layers.reLU();
    const second = tf.sequential({ layers: [...first.layers, relu, tf.layers.dense({ units: 2 }), relu] });
    expect(values(copyModel(second))).toEqual(values(second));
    expect(copyModel(second).layers[2]).not.toBe(relu);
    const start = tf.memory().numTensors;
    const { model, sites } = replaceActivations(second);
    expect(sites.map(({ calls }) => calls)).toEqual([1, 2]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(start);
    expect(values(first).length).toBe(4);
  });

  it('paths tell layers apart whose names have slashes', () => {
    const dense = (name: string): tf.layers.Layer =>
      tf.layers.dense({ name, units: 2, activation: 'relu', inputShape: [2] });
    const deep = tf.sequential({ name: 'b', layers: [dense('c')] });
    const inner = tf.sequential({ name: 'a', layers: [dense('b/c'), deep] });
    const input = tf.input({ shape: [2] });
    const original = tf.model({
      inputs: input,
      outputs: inner.apply(dense('a/b/c').apply(input)) as tf.SymbolicTensor,
    });
    const paths = ['a/b/c', 'a/b/c_1', 'a/b/c_2'];
    expect(
      leafLayers(original)
        .map(({ path }) => path)
        .filter((path) => path.startsWith('a/b/c')),
    ).toEqual(paths);
    const { model, sites, names } = replaceActivations(original, { beta: 0.5 });
    expect(sites.map(({ source }) => source)).toEqual(paths);
    expect(new Set(sites.map(({ layer }) => layer)).size).toBe(3);
    expect(sites.map(({ source }) => names.get(source))).toEqual(sites.map(({ layer }) => layer));
    for (const path of paths)
      expect(replaceActivations(original, { include: path }).sites.map(({ source }) => source)).toEqual([path]);
    expect(values(copyModel(model))).toEqual(values(model));
  });
});
