import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AttrValue, GraphDef } from './graphDef.js';
import { GraphIndex } from './graphDef.js';
import { GraphFacts } from './graphFacts.js';
import { GraphWeights } from './graphWeights.js';
import { bake, graphFeatures, replaceGraphActivations } from '../index.js';
import { GraphBuilder, ints, text } from '../../../test/graphBuilder.js';
import { inputsOf, relativeDifference } from '../../../test/graphCases.js';
import { leavesNoTensor } from '../../../test/leavesNoTensor.js';

const ones = ints(1, 1, 1, 1);
const conv = { strides: ones, dilations: ones, padding: text('SAME'), data_format: text('NHWC') };
const strided = { ...conv, strides: ints(1, 2, 2, 1) };
const valid = { ...conv, padding: text('VALID') };
const pooling = { ksize: ints(1, 3, 3, 1), strides: ints(1, 2, 2, 1), padding: text('VALID') };
const whole = (g: GraphBuilder, ...values: number[]): string =>
  g.weight(`c${g.nodes.length}`, [values.length], values, 'int32');
const one = (g: GraphBuilder, value: number): string => g.weight(`c${g.nodes.length}`, [], [value], 'int32');

/**
 * A value made of an image [?, ?, ?, 4] called x and a convolution [?, ?, ?, 6] of it; the last size is that of the
 * facts.
 */
const values: Record<string, [make: (g: GraphBuilder) => string, channels: number | null]> = {
  'a convolution': [(g) => g.node('Conv2D', 'y', ['x', g.weight('v', [3, 3, 4, 5])], strided), 5],
  'one without padding, dilated': [
    (g) => g.node('Conv2D', 'y', ['x', g.weight('v', [3, 3, 4, 5])], { ...valid, dilations: ints(1, 2, 2, 1) }),
    5,
  ],
  'one with explicit padding': [
    (g) =>
      g.node('Conv2D', 'y', ['x', g.weight('v', [3, 3, 4, 5])], {
        ...strided,
        padding: text('EXPLICIT'),
        explicit_paddings: ints(0, 0, 1, 1, 0, 1, 0, 0),
      }),
    5,
  ],
  'a depthwise one': [(g) => g.node('DepthwiseConv2dNative', 'y', ['x', g.weight('v', [3, 3, 4, 2])], strided), 8],
  'a fused one': [
    (g) => g.fused('_FusedConv2D', 'y', 'x', g.weight('v', [1, 1, 4, 7]), ['BiasAdd', 'Elu'], [g.weight('b', [7])]),
    7,
  ],
  'a transposed one': [
    (g) =>
      g.node(
        'Conv2DBackpropInput',
        'y',
        [g.node('Pack', 'size', [...parts(g, 'w'), one(g, 3)]), g.weight('v', [1, 1, 3, 6]), 'w'],
        conv,
      ),
    3,
  ],
  'a sum of both': [
    (g) => g.node('AddV2', 'y', ['w', g.node('Conv2D', 'u', ['x', g.weight('v', [3, 3, 4, 6])], conv)]),
    6,
  ],
  'many summands': [(g) => g.node('AddN', 'y', ['w', 'w', 'w']), 6],
  'a concatenation': [(g) => g.node('ConcatV2', 'y', ['x', 'w', one(g, 3)]), 10],
  'a concatenation along a negative axis': [
    (g) => g.node('ConcatV2', 'y', ['w', 'w', 'x', one(g, -1)], { N: { i: '3' } }),
    16,
  ],
  'one of three that does not say so, of which tfjs takes two': [
    (g) => g.node('ConcatV2', 'y', ['w', 'w', 'x', one(g, 3)]),
    12,
  ],
  'a max-pool': [(g) => g.node('MaxPool', 'y', ['w'], pooling), 6],
  'an average pool': [(g) => g.node('AvgPool', 'y', ['x'], { ...pooling, padding: text('SAME') }), 4],
  'zero padding': [(g) => g.node('Pad', 'y', ['x', g.weight('p', [4, 2], [0, 0, 1, 1, 2, 0, 0, 3], 'int32')]), 7],
  'padding with a value': [
    (g) =>
      g.node('PadV2', 'y', ['x', g.weight('p', [4, 2], [0, 0, 1, 1, 2, 0, 0, 0], 'int32'), g.weight('v', [], [1])]),
    4,
  ],
  'mirrored padding': [
    (g) =>
      g.node('MirrorPad', 'y', ['x', g.weight('p', [4, 2], [0, 0, 1, 1, 1, 1, 0, 0], 'int32')], {
        mode: text('reflect'),
      }),
    4,
  ],
  'a batch norm': [
    (g) =>
      g.node(
        'FusedBatchNormV3',
        'y',
        ['w', ...['a', 'b', 'c', 'd'].map((name) => g.weight(name, [6], Array(6).fill(1)))],
        { epsilon: { f: 1e-3 }, is_training: { b: false } },
      ),
    6,
  ],
  'a product with a gate': [
    (g) => {
      const mean = g.node('Mean', 'mean', ['w', whole(g, 1, 2)], { keep_dims: { b: true } });
      return g.node('Mul', 'y', [
        'w',
        g.node('Sigmoid', 'gate', [g.node('Conv2D', 'u', [mean, g.weight('v', [1, 1, 6, 6])], conv)]),
      ]);
    },
    6,
  ],
  'a gate by way of a vector': [
    (g) => {
      const mean = g.node('Mean', 'mean', ['w', whole(g, 1, 2)]);
      const batch = g.node(
        'StridedSlice',
        'n',
        [g.node('Shape', 'shape', [mean]), whole(g, 0), whole(g, 1), whole(g, 1)],
        { shrink_axis_mask: { i: '1' } },
      );
      return g.node('Mul', 'y', [
        'w',
        g.node('Reshape', 'gate', [mean, g.node('Pack', 'pack', [batch, one(g, 1), one(g, 1), one(g, 6)])]),
      ]);
    },
    6,
  ],
  'a mean over space': [(g) => g.node('Mean', 'y', ['w', whole(g, 1, 2)]), 6],
  'a maximum over space': [(g) => g.node('Max', 'y', ['w', whole(g, -3, -2)], { keep_dims: { b: true } }), 6],
  'twice as large': [
    (g) => {
      const size = g.node('StridedSlice', 'size', [
        g.node('Shape', 'shape', ['w']),
        whole(g, 1),
        whole(g, 3),
        whole(g, 1),
      ]);
      return g.node('ResizeNearestNeighbor', 'y', ['w', g.node('Mul', 'double', [size, whole(g, 2, 2)])]);
    },
    6,
  ],
  'a fixed size': [(g) => g.node('ResizeBilinear', 'y', ['x', whole(g, 5, 7)]), 4],
  'half the channels': [
    (g) => (g.node('Split', 'halves', [one(g, 3), 'w'], { num_split: { i: '2' } }), g.node('Neg', 'y', ['halves:1'])),
    3,
  ],
  'some channels': [
    (g) => (g.node('SplitV', 'pieces', ['w', whole(g, 2, 4), one(g, -1)]), g.node('Neg', 'y', ['pieces:1'])),
    4,
  ],
  'a slice of channels': [
    (g) =>
      g.node('StridedSlice', 'y', ['w', whole(g, 0, 0, 0, 1), whole(g, 0, 0, 0, 5), whole(g, 1, 1, 1, 2)], {
        begin_mask: { i: '7' },
        end_mask: { i: '7' },
      }),
    2,
  ],
  'a slice by size': [(g) => g.node('Slice', 'y', ['w', whole(g, 0, 1, 0, 2), whole(g, -1, -1, -1, 3)]), 3],
  'gathered channels': [(g) => g.node('GatherV2', 'y', ['w', whole(g, 1, 0, 5), one(g, 3)]), 3],
  'channels shuffled': [
    (g) => {
      const [n, h, w] = parts(g, 'w');
      const apart = g.node('Reshape', 'apart', ['w', g.node('Pack', 'five', [n!, h!, w!, one(g, 2), one(g, 3)])]);
      const turned = g.node('Transpose', 'turned', [apart, whole(g, 0, 1, 2, 4, 3)]);
      return g.node('Reshape', 'y', [turned, g.node('Pack', 'four', [n!, h!, w!, one(g, 6)])]);
    },
    6,
  ],
  'a transpose': [(g) => g.node('Transpose', 'y', ['w', whole(g, 0, 3, 1, 2)]), null],
  'depth to space': [
    (g) => g.node('DepthToSpace', 'y', ['x'], { block_size: { i: '2' }, data_format: text('NHWC') }),
    1,
  ],
  'a dilated convolution by way of the batch': [
    (g) => {
      const there = g.node('SpaceToBatchND', 'there', [
        'x',
        whole(g, 2, 2),
        g.weight('p', [2, 2], [0, 0, 0, 0], 'int32'),
      ]);
      return g.node('BatchToSpaceND', 'y', [
        g.node('Conv2D', 'u', [there, g.weight('v', [3, 3, 4, 5])], conv),
        whole(g, 2, 2),
        g.weight('crops', [2, 2], [0, 0, 0, 0], 'int32'),
      ]);
    },
    5,
  ],
  'a MatMul': [
    (g) =>
      g.node('MatMul', 'y', [g.node('Mean', 'mean', ['w', whole(g, 1, 2)]), g.weight('v', [3, 6])], {
        transpose_b: { b: true },
      }),
    3,
  ],
  'an einsum': [
    (g) => g.node('Einsum', 'y', ['w', g.weight('v', [6, 9])], { equation: text('bhwc,cd->bhwd'), N: { i: '2' } }),
    9,
  ],
  'a select': [
    (g) =>
      g.node('SelectV2', 'y', [
        g.node('Greater', 'where', ['w', g.weight('v', [], [0])]),
        'w',
        g.node('ZerosLike', 'none', ['w']),
      ]),
    6,
  ],
  'a clipped value': [
    (g) => g.node('Minimum', 'y', [g.node('Maximum', 'low', ['w', g.weight('v', [], [0])]), g.weight('u', [6])]),
    6,
  ],
  'stacked and taken apart': [
    (g) => (
      g.node('Unpack', 'apart', [g.node('Pack', 'stack', ['w', 'w'], { axis: { i: '4' } })], {
        num: { i: '2' },
        axis: { i: '4' },
      }),
      g.node('Neg', 'y', ['apart:1'])
    ),
    6,
  ],
  'an axis more and less': [
    (g) => g.node('Squeeze', 'y', [g.node('ExpandDims', 'more', ['w', one(g, 1)])], { squeeze_dims: ints(1) }),
    6,
  ],
  tiles: [(g) => g.node('Tile', 'y', ['x', whole(g, 1, 1, 2, 3)]), 12],
  'what a switch of types leaves': [
    (g) =>
      g.node('Cast', 'y', [g.node('Cast', 'there', ['w'], { DstT: { type: 'DT_INT32' } })], {
        DstT: { type: 'DT_FLOAT' },
      }),
    6,
  ],
};

/** The sizes of an image, as scalars. */
function parts(g: GraphBuilder, x: string): string[] {
  const shape = g.node('Shape', `shape of ${x}`, [x]);
  return [0, 1, 2].map((axis) =>
    g.node('StridedSlice', `size ${axis} of ${x}`, [shape, whole(g, axis), whole(g, axis + 1), whole(g, 1)], {
      shrink_axis_mask: { i: '1' },
    }),
  );
}

function open(): GraphBuilder {
  const g = new GraphBuilder();
  g.input('x', [null, null, null, 4]);
  g.node('Conv2D', 'w', ['x', g.weight('filter', [3, 3, 4, 6])], conv);
  return g;
}

describe('facts about a graph of open size', () => {
  beforeAll(async () => {
    expect(await tf.setBackend('cpu')).toBe(true);
  });
  leavesNoTensor();

  for (const [name, [make, channels]] of Object.entries(values)) {
    it(`${name}: agree with what tfjs computes at two sizes, and a Relu behind it is steered`, async () => {
      const g = open();
      g.node('Relu', 'act', [make(g)]);
      const artifacts = g.artifacts({ outputs: ['act'] });
      const { weightSpecs, weightData } = artifacts;
      const facts = new GraphFacts(
        new GraphIndex((artifacts.modelTopology as GraphDef).node),
        new GraphWeights('test', weightSpecs!, weightData!),
      );
      const { shape, dtype } = facts.of('y');
      expect(shape!.at(-1)).toBe(channels);
      expect(dtype).toBe('float32');
      const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
      tf.tidy(() => {
        for (const [rows, columns] of [
          [8, 12],
          [10, 6],
        ] as const) {
          const real = (model.execute(tf.ones([2, rows, columns, 4]), 'y') as tf.Tensor).shape;
          expect(shape!.length).toBe(real.length);
          real.forEach((size, axis) => expect([null, size]).toContain(shape![axis]));
        }
      });
      const steered = await replaceGraphActivations(artifacts, channels === null ? {} : { sharing: 'channel' });
      expect(steered.sites.map((site) => site.channels)).toEqual([channels]);
      const features = graphFeatures(steered, { output: 'act' });
      expect(features.outputs[0]!.shape.at(-1)).toBe(channels);
      tf.tidy(() => {
        const x = tf.randomNormal([2, 8, 12, 4], 0, 1, 'float32', 3);
        const [expected, ...got] = [model.execute(x), steered.model.execute(x), features.predict(x)].map((y) => [
          ...(y as tf.Tensor).dataSync(),
        ]);
        got.forEach((numbers) => expect(relativeDifference([...expected!, 1], [...numbers, 1])).toBeLessThan(1e-5));
      });
      [model, features, steered.model].forEach((made) => made.dispose());
    });
  }

  it('what no rule tells, two runs on zeros do: sizes that differ are open', async () => {
    const g = open();
    g.node('Relu', 'act', [
      g.node('Reverse', 'y', [
        g.node('RandomUniform', 'noise', [g.node('Shape', 'shape', ['w'])], { dtype: { type: 'DT_FLOAT' } }),
        whole(g, 1),
      ]),
    ]);
    const { sites, model } = await replaceGraphActivations(g.artifacts(), { sharing: 'channel' });
    expect(sites[0]!.shape).toEqual([null, null, null, 6]);
    model.dispose();
  });

  it('an input without a rank is no obstacle to channels, only to features', async () => {
    const g = new GraphBuilder();
    g.node('Placeholder', 'x', [], { dtype: { type: 'DT_FLOAT' }, shape: { shape: { unknownRank: true } } });
    g.node('Relu', 'act', [g.node('Conv2D', 'w', ['x', g.weight('filter', [3, 3, 4, 6])], conv)]);
    const steered = await replaceGraphActivations(g.artifacts(), { sharing: 'channel' });
    expect(steered.sites[0]!.shape).toEqual([null, null, null, 6]);
    expect(() => graphFeatures(steered)).toThrow(/^graphFeatures: .*"x" .*shape/);
    steered.model.dispose();
  });

  it('data in NCHW is known behind other ops, and its channels by a transpose', async () => {
    const g = new GraphBuilder();
    g.input('x', [null, 3, 8, 8]);
    const nchw: Record<string, AttrValue> = { ...conv, data_format: text('NCHW') };
    const norm = g.node('FusedBatchNormV3', 'norm', [
      g.node('Conv2D', 'conv', ['x', g.weight('w', [3, 3, 3, 8])], nchw),
      ...['a', 'b', 'c', 'd'].map((name) => g.weight(name, [8], Array(8).fill(1))),
    ]);
    g.node('Relu', 'first', [norm]);
    await expect(replaceGraphActivations(g.artifacts(), { sharing: 'channel' })).rejects.toThrow(
      /"first" has them first/,
    );
    const last = new GraphBuilder();
    last.input('x', [null, 3, 8, 8]);
    last.node('Relu', 'act', [
      last.node('Transpose', 'turned', [
        last.node('Conv2D', 'conv', ['x', last.weight('w', [3, 3, 3, 5])], nchw),
        whole(last, 0, 2, 3, 1),
      ]),
    ]);
    const { sites, model } = await replaceGraphActivations(last.artifacts(), { sharing: 'channel' });
    expect(sites[0]!.shape).toEqual([null, 8, 8, 5]);
    model.dispose();
  });

  it('integers are left alone, whether an attribute, an input or an op says so, and refused when named', async () => {
    for (const [type, make] of [
      ['DT_INT32', (g: GraphBuilder) => g.input('x', [null, 3], 'DT_INT32')],
      ['DT_INT64', (g: GraphBuilder) => g.input('x', [null, 3], 'DT_INT64')],
      ['DT_UINT8', (g: GraphBuilder) => g.input('x', [null, 3], 'DT_UINT8')],
      [
        undefined,
        (g: GraphBuilder) => g.node('Cast', 'cast', [g.input('x', [null, 3])], { DstT: { type: 'DT_INT32' } }),
      ],
      [
        undefined,
        (g: GraphBuilder) => g.node('AddV2', 'sum', [g.input('x', [null, 3], 'DT_INT32'), whole(g, 1, 2, 3)]),
      ],
      ['DT_FLOAT', (g: GraphBuilder) => g.node('ArgMax', 'best', [g.input('x', [null, 3]), one(g, 1)])],
    ] as [string | undefined, (g: GraphBuilder) => string][]) {
      const g = new GraphBuilder();
      const whole = { name: 'whole', op: 'Relu', input: [make(g)], attr: type === undefined ? {} : { T: { type } } };
      g.nodes.push(whole);
      g.node('Relu', 'y', [g.node('Cast', 'float', ['whole'], { DstT: { type: 'DT_FLOAT' } })]);
      const steered = await replaceGraphActivations(g.artifacts(), { beta: 0.5 });
      expect(steered.sites.map(({ layer }) => layer)).toEqual(['y']);
      expect(steered.leftAlone).toEqual(['whole (Relu of int32 values, which have no curvature)']);
      await expect(replaceGraphActivations(g.artifacts(), { include: ['whole', 'y'] })).rejects.toThrow(
        /the relu of "whole" \(of int32 values.*exclude: 'whole'/,
      );
      const stock = await tf.loadGraphModel(tf.io.fromMemory(await bake(steered)));
      tf.tidy(() => {
        const x = tf.tensor2d([[3, -2, 7]], [1, 3], steered.model.inputs[0]!.dtype as 'int32');
        const [a, b] = [steered.model.predict(x), stock.predict(x)].map((y) => [...(y as tf.Tensor).dataSync()]);
        expect(relativeDifference(a!, b!)).toBeLessThan(1e-6);
      });
      stock.dispose();
      steered.model.dispose();
    }
    const only = new GraphBuilder();
    only.node('Relu', 'whole', [only.input('x', [null, 3], 'DT_INT32')]);
    await expect(replaceGraphActivations(only.artifacts())).rejects.toThrow(
      /no activation matched.*whole \(Relu of int32 values/,
    );
  });

  it('a LeakyRelu of integers, of which tfjs makes floats, is left alone too', async () => {
    const g = new GraphBuilder();
    g.nodes.push({
      name: 'leaky',
      op: 'LeakyRelu',
      input: [g.input('x', [null, 3], 'DT_INT32')],
      attr: { alpha: { f: 0.5 } },
    });
    g.node('Relu', 'y', ['leaky']);
    const { sites, leftAlone, model } = await replaceGraphActivations(g.artifacts());
    expect(sites.map(({ layer }) => layer)).toEqual(['y']);
    expect(leftAlone).toEqual(['leaky (LeakyRelu of int32 values, which have no curvature)']);
    const x = tf.tensor2d([[4, -2, 6]], [1, 3], 'int32');
    const y = model.predict(x) as tf.Tensor;
    expect([...y.dataSync()].map((v) => Math.round(v * 1e4) / 1e4)).toEqual([4, 0, 6]);
    tf.dispose([x, y]);
    model.dispose();
  });

  it('graphs that make shapes grow end in time', async () => {
    const g = new GraphBuilder();
    let sizes = whole(g, 1, 2, 3);
    let x = g.input('x', [null, 3]);
    for (let i = 0; i < 2000; i++) {
      sizes = g.node('ConcatV2', `sizes${i}`, [sizes, sizes, one(g, 0)], { N: { i: '2' } });
      x = g.node('ExpandDims', `wider${i}`, [x, one(g, 0)]);
    }
    // Told, so that the graph is not run.
    g.node('Relu', 'y', [g.node('Reshape', 'shaped', [x, sizes])], {
      _output_shapes: { list: { shape: [{ dim: [{ size: '-1' }, { size: '7' }] }] } },
    });
    const { sites, model } = await replaceGraphActivations(g.artifacts());
    expect(sites[0]!.shape).toEqual([null, 7]);
    model.dispose();
  });

  it('types that tfjs holds as float32 are steered', async () => {
    for (const type of ['DT_HALF', 'DT_DOUBLE', 'DT_FLOAT', 1, 19]) {
      const g = new GraphBuilder();
      g.node('Placeholder', 'x', [], { dtype: { type }, shape: { shape: { dim: [{ size: -1 }, { size: 3 }] } } });
      g.nodes.push({ name: 'y', op: 'Relu', input: ['x'], attr: { T: { type } } });
      const { sites, model } = await replaceGraphActivations(g.artifacts(), { sharing: 'channel' });
      expect(sites[0]!.shape).toEqual([null, 3]);
      model.dispose();
    }
  });

  it('facts agree with a run of every graph case', async () => {
    const { graphCases } = await import('../../../test/graphCases.js');
    for (const [name, make] of Object.entries(graphCases)) {
      const graphCase = make();
      const { weightSpecs, weightData, modelTopology } = graphCase.artifacts;
      const { node } = modelTopology as GraphDef;
      const facts = new GraphFacts(new GraphIndex(node), new GraphWeights('test', weightSpecs!, weightData!));
      const model = await tf.loadGraphModel(tf.io.fromMemory(graphCase.artifacts));
      tf.tidy(() => {
        const inputs = inputsOf(graphCase);
        for (const { name: at, op } of node.filter(({ op: o }) => o !== 'Placeholder' && o !== 'Const')) {
          const real = model.execute(inputs, at) as tf.Tensor;
          const { shape, dtype } = facts.of(at);
          expect([dtype, shape?.slice(1)], `${name}: ${at} (${op})`).toEqual([real.dtype, real.shape.slice(1)]);
        }
      });
      model.dispose();
    }
  });
});
