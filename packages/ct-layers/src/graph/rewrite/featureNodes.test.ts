import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { graphFeatures, replaceGraphActivations } from '../index.js';
import { accuracy, getAdapter, linearProbe, tune } from '../../index.js';
import { GraphBuilder, ints, text } from '../../../test/graphBuilder.js';

beforeAll(() => tf.setBackend('cpu'));
let before: number;
beforeEach(() => (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').toBe(before));

/** A folded convolution with ReLU6, [batch, 4, 4, 4], under the name `map`. */
function trunk(): GraphBuilder {
  const g = new GraphBuilder();
  g.input('x', [null, 4, 4, 2]);
  g.fused('_FusedConv2D', 'map', 'x', g.weight('w', [3, 3, 2, 4]), ['BiasAdd', 'Relu6'], [g.weight('b', [4])]);
  return g;
}
const axes = (g: GraphBuilder): string => g.weight('axes', [2], [1, 2], 'int32');
const mean = (g: GraphBuilder, x: string, name = 'pooled', keep = false): string =>
  g.node('Mean', name, [x, axes(g)], { keep_dims: { b: keep } });
const point = (g: GraphBuilder, x: string, name: string): string =>
  g.fused('_FusedConv2D', name, x, g.weight(`${name}/w`, [1, 1, 4, 3]), ['BiasAdd'], [g.weight(`${name}/b`, [3])], {
    padding: text('VALID'),
  });

/** Graphs by what they end in, with the node that the head gets, its shape, and that of the model's output. */
const endings: Record<string, (g: GraphBuilder) => [output: string, shape: number[], values: number[]]> = {
  'a MatMul and a softmax': (g) => {
    g.node('Softmax', 'out', [g.node('MatMul', 'logits', [mean(g, 'map'), g.weight('head', [4, 3])])]);
    return ['pooled', [4], [4]];
  },
  'a MatMul, a bias and a temperature, each a node, and the class beside the scores': (g) => {
    g.node('MatMul', 'product', [mean(g, 'map'), g.weight('head', [4, 3])]);
    g.node('AddV2', 'biased', [g.weight('bias', [3]), 'product']);
    g.node('Mul', 'scaled', ['biased', g.weight('t', [], [0.5])]);
    g.node('Softmax', 'out', ['scaled']);
    g.node('ArgMax', 'class', ['out', g.weight('axis', [], [1], 'int32')]);
    return ['pooled', [4], [4]];
  },
  'a 1x1 convolution of the pooled map, a squeeze and a softmax': (g) => {
    g.node('Squeeze', 'flat', [point(g, mean(g, 'map', 'pooled', true), 'logits')], { squeeze_dims: ints(1, 2) });
    g.node('Softmax', 'out', ['flat']);
    return ['pooled', [1, 1, 4], [1, 1, 4]];
  },
  'a 1x1 convolution, a global pooling and a reshape': (g) => {
    mean(g, point(g, 'map', 'scores'), 'pooled', true);
    g.node('Reshape', 'out', ['pooled', g.weight('shape', [2], [-1, 3], 'int32')]);
    return ['map', [4, 4, 4], [4]];
  },
  'a global pooling and no head': (g) => [mean(g, 'map'), [4], [4]],
  'a map of features': () => ['map', [4, 4, 4], [4]],
  'two heads on one vector': (g) => {
    mean(g, 'map');
    for (const name of ['age', 'mood'])
      g.node('Softmax', `${name}/out`, [g.node('MatMul', name, ['pooled', g.weight(`${name}/w`, [4, 3])])]);
    return ['pooled', [4], [4]];
  },
  'a hidden layer with a fused Relu': (g) => {
    g.fused(
      '_FusedMatMul',
      'hidden',
      mean(g, 'map'),
      g.weight('h', [4, 6]),
      ['BiasAdd', 'Relu'],
      [g.weight('hb', [6])],
    );
    return ['hidden', [6], [6]];
  },
};

describe.each(Object.entries(endings))('a graph that ends in %s', (_, build) => {
  it('has what its head gets for its features, whatever lies behind', async () => {
    const g = trunk();
    const [output, , values] = build(g);
    const steered = await replaceGraphActivations(g.artifacts(), { sharing: 'channel', trainable: true });
    const model = graphFeatures(steered);
    expect(model.outputs[0]!.shape).toEqual([null, ...values]);
    const x = tf.randomNormal([3, 4, 4, 2], 0, 1, 'float32', 5);
    tf.tidy(() => {
      const direct = steered.model.execute(x, output) as tf.Tensor;
      const expected = direct.rank === 4 && values.length === 1 ? tf.mean(direct, [1, 2]) : direct;
      const got = model.predict(x) as tf.Tensor;
      expected.dataSync().forEach((v, i) => expect(got.dataSync()[i]).toBeCloseTo(v, 6));
    });
    [x, model, steered.model].forEach((thing) => thing.dispose());
  });
});

it.each(['map', 'mid', 'biased', 'late', 'pooled'])(
  'trains, counts and saves what lies before "%s" alone',
  async (output) => {
    const g = trunk();
    g.fused('_FusedConv2D', 'mid', 'map', g.weight('w2', [1, 1, 4, 5]), ['BiasAdd', 'Relu'], [g.weight('b2', [5])]);
    g.node('Relu', 'beside', [g.node('BiasAdd', 'biased', ['map', g.weight('b4', [4])])]);
    g.fused('_FusedConv2D', 'late', 'mid', g.weight('w3', [1, 1, 5, 6]), ['BiasAdd', 'Relu6'], [g.weight('b3', [6])]);
    g.node('MatMul', 'logits', [mean(g, 'late'), g.weight('head', [6, 3])]);
    const steered = await replaceGraphActivations(g.artifacts(), { sharing: 'channel', trainable: true });
    const units = { map: ['map'], mid: ['map', 'mid'], biased: ['map'] }[output] ?? ['map', 'mid', 'late'];
    const model = graphFeatures(steered, { output, pooling: output === 'pooled' ? 'none' : 'avg' });
    const channels = units.reduce((sum, unit) => sum + { map: 4, mid: 5, late: 6 }[unit]!, 0);
    expect(model.countParams()).toBe(2 * channels);
    const labels = tf.tensor1d([0, 1, 0, 1], 'int32');
    const examples = { images: tf.randomNormal([4, 4, 4, 2], 0, 1, 'float32', 5), labels };
    const probed = await linearProbe(model, examples, examples, { solver: 'lbfgs' });
    const tuned = await tune(model, examples, examples, { epochs: 2 });
    expect(tuned.parameters.withoutHead).toBe(2 * channels);
    expect(tuned.sites.map(({ source }) => source)).toEqual(units);
    expect(await accuracy(tuned.classifier, examples)).toBe(tuned.validationAccuracy);
    const { config, tensors } = await getAdapter(tuned.classifier);
    expect(Object.keys(config.sites)).toEqual(units);
    expect([...tensors.keys()].filter((name) => !name.startsWith('head/'))).toEqual(
      units.flatMap((unit) => [`${unit}/beta`, `${unit}/coeff`]),
    );
    [probed, tuned, model, steered.model].forEach((thing) => thing.dispose());
    tf.dispose(examples);
  },
);

it('fingerprints the graph before the node alone, whatever the layer is called', async () => {
  const fingerprint = async (head: number[], name?: string): Promise<string> => {
    const g = trunk();
    g.node('MatMul', 'logits', [mean(g, 'map'), g.weight('head', [4, 3], head)]);
    const steered = await replaceGraphActivations(g.artifacts());
    const model = graphFeatures(steered, { name });
    const { config } = await getAdapter(model);
    [model, steered.model].forEach((thing) => thing.dispose());
    return config.base.fingerprint;
  };
  const ones = Array<number>(12).fill(1);
  expect(
    new Set([await fingerprint(ones, 'a'), await fingerprint(ones), await fingerprint(ones.map(() => 2))]).size,
  ).toBe(1);
});

it('names the candidates where heads see different features, or a node does not exist', async () => {
  const g = trunk();
  mean(g, 'map');
  for (const name of ['age', 'mood']) {
    g.fused(
      '_FusedMatMul',
      `${name}/hidden`,
      'pooled',
      g.weight(`${name}/h`, [4, 6]),
      ['BiasAdd', 'Relu'],
      [g.weight(`${name}/hb`, [6])],
    );
    g.node('MatMul', name, [`${name}/hidden`, g.weight(`${name}/w`, [6, 3])]);
  }
  const steered = await replaceGraphActivations(g.artifacts());
  expect(() => graphFeatures(steered)).toThrow(
    'graphFeatures: the 2 outputs of the graph have 2 heads that see different features; choose a node, such as ' +
      "{output: 'age/hidden'}, {output: 'mood/hidden'}, {output: 'map', pooling: 'avg'}",
  );
  expect(() => graphFeatures(steered, { output: 'pool' })).toThrow(
    /no node "pool" in the graph; name one of its \d+ nodes, such as \{output: 'age\/hidden'\}/,
  );
  expect(() => graphFeatures(steered, { output: 'pooled', pooling: 'avg' })).toThrow(
    'graphFeatures: pooling needs values [batch, height, width, channels] or [batch, positions, channels], ' +
      'got [open, 4] of "pooled"',
  );
  const whole = graphFeatures(steered, { output: 'map' });
  expect(whole.outputs[0]!.shape).toEqual([null, 4, 4, 4]);
  const largest = graphFeatures(steered, { output: 'map', pooling: 'max' });
  expect(largest.outputs[0]!.shape).toEqual([null, 4]);
  [whole, largest, steered.model].forEach((thing) => thing.dispose());
});
