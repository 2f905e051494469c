/**
 * Small graphs with every form of activation that graph surgery knows, shared by the tests in Node and in the browser.
 */
import * as tf from '@tensorflow/tfjs';
import { GraphBuilder, ints, text } from './graphBuilder.js';

export interface GraphCase {
  /** Shapes of the inputs, with a batch of 2. */
  inputs: Record<string, number[]>;
  sites: number;
  /** Why stock tfjs-wasm computes something else than the other backends. */
  wrongOnWasm?: string;
  artifacts: tf.io.ModelArtifacts;
}

const image = { x: [2, 6, 6, 3] };

function nodes(op: string, attr = {}): GraphCase {
  const g = new GraphBuilder();
  g.input('x', [null, 6, 6, 3]);
  g.node('BiasAdd', 'bias', [
    g.node('Conv2D', 'conv', ['x', g.weight('w', [3, 3, 3, 4])], {
      strides: ints(1, 1, 1, 1),
      padding: text('SAME'),
      data_format: text('NHWC'),
      dilations: ints(1, 1, 1, 1),
    }),
    g.weight('b', [4]),
  ]);
  g.node(op, 'act', ['bias'], attr);
  g.node('Mean', 'mean', ['act', g.weight('axes', [2], [1, 2], 'int32')], { keep_dims: { b: false } });
  return { inputs: image, sites: 1, artifacts: g.artifacts() };
}

function fused(op: string, ops: string[], attr = {}): GraphCase {
  const g = new GraphBuilder();
  const isMatMul = op === '_FusedMatMul';
  const filter = isMatMul ? [5, 4] : op === '_FusedConv2D' ? [3, 3, 3, 4] : [3, 3, 3, 2];
  g.input('x', isMatMul ? [null, 5] : [null, 6, 6, 3]);
  const channels = isMatMul || op === '_FusedConv2D' ? 4 : 6;
  const extra = ops[0] === 'BiasAdd' ? [g.weight('b', [channels])] : [];
  g.fused(op, 'fused', 'x', g.weight('w', filter), ops, extra, attr);
  g.node('Mul', 'out', ['fused', g.weight('two', [], [2])]);
  return { inputs: isMatMul ? { x: [2, 5] } : image, sites: 1, artifacts: g.artifacts() };
}

const fusedOps = {
  _FusedConv2D: 'convolution',
  FusedDepthwiseConv2dNative: 'depthwise convolution',
  _FusedMatMul: 'MatMul',
};

/** By name. */
export const graphCases: Record<string, () => GraphCase> = {
  'a Relu node': () => nodes('Relu'),
  'a Relu6 node': () => nodes('Relu6'),
  'a LeakyRelu node': () => nodes('LeakyRelu', { alpha: { f: 0.1 } }),
  ...Object.fromEntries(
    Object.entries(fusedOps).flatMap(([op, name]) => [
      [`a fused ${name} with bias and Relu`, () => fused(op, ['BiasAdd', 'Relu'])],
      [`a fused ${name} with bias and Relu6`, () => fused(op, ['BiasAdd', 'Relu6'])],
      [`a fused ${name} with Relu and no bias`, () => fused(op, ['NoOp', 'Relu'])],
    ]),
  ),
  'a fused convolution with bias and LeakyRelu': () =>
    fused('_FusedConv2D', ['BiasAdd', 'LeakyRelu'], { leakyrelu_alpha: { f: 0.3 } }),
  'a fused MatMul with a transposed filter and LeakyRelu': () => {
    const g = new GraphBuilder();
    g.input('x', [null, 5]);
    g.fused('_FusedMatMul', 'fused', 'x', g.weight('w', [4, 5]), ['BiasAdd', 'LeakyRelu'], [g.weight('b', [4])], {
      transpose_b: { b: true },
      leakyrelu_alpha: { f: 0.3 },
    });
    return {
      inputs: { x: [2, 5] },
      sites: 1,
      wrongOnWasm: 'it adds the bias to rows where a fused MatMul has a transposed operand',
      artifacts: g.artifacts(),
    };
  },
  'fused nodes with Prelu, Elu or nothing beside the Relu': () => {
    const g = new GraphBuilder();
    g.input('x', [null, 6, 6, 3]);
    g.fused(
      '_FusedConv2D',
      'prelu',
      'x',
      g.weight('w1', [3, 3, 3, 4]),
      ['BiasAdd', 'Prelu'],
      [g.weight('b1', [4]), g.weight('slope', [4])],
    );
    g.fused('_FusedConv2D', 'elu', 'prelu', g.weight('w2', [1, 1, 4, 4]), ['BiasAdd', 'Elu'], [g.weight('b2', [4])]);
    g.fused('_FusedConv2D', 'plain', 'elu', g.weight('w3', [1, 1, 4, 4]), ['BiasAdd'], [g.weight('b3', [4])]);
    g.fused('_FusedConv2D', 'relu', 'plain', g.weight('w4', [1, 1, 4, 4]), ['BiasAdd', 'Relu'], [g.weight('b4', [4])]);
    return { inputs: image, sites: 1, artifacts: g.artifacts() };
  },
  'two outputs, one of them an activation with two consumers': () => {
    const g = new GraphBuilder();
    g.input('x', [null, 6, 6, 3]);
    g.fused('_FusedConv2D', 'features', 'x', g.weight('w', [3, 3, 3, 4]), ['BiasAdd', 'Relu6'], [g.weight('b', [4])]);
    g.node('Relu', 'relu', [g.node('AddV2', 'sum', ['features', 'features'])]);
    g.node('Softmax', 'out', [
      g.node('MatMul', 'logits', [
        g.node('Mean', 'mean', ['relu', g.weight('axes', [2], [1, 2], 'int32')]),
        g.weight('head', [4, 3]),
      ]),
    ]);
    return { inputs: image, sites: 2, artifacts: g.artifacts({ outputs: ['out', 'features'] }) };
  },
  'two inputs, a batch norm and quantised weights': () => {
    const g = new GraphBuilder();
    g.input('x', [null, 6, 6, 3]);
    g.input('y', [null, 4]);
    g.node('Conv2D', 'conv', ['x', g.weight('w', [3, 3, 3, 4], undefined, 'float32', true)], {
      strides: ints(1, 2, 2, 1),
      padding: text('VALID'),
      data_format: text('NHWC'),
      dilations: ints(1, 1, 1, 1),
    });
    const moments = [
      g.weight('gamma', [4]),
      g.weight('offset', [4]),
      g.weight('mean', [4]),
      g.weight('variance', [4], [0.5, 1, 2, 3]),
    ];
    g.node('FusedBatchNormV3', 'norm', ['conv', ...moments], {
      epsilon: { f: 0.001 },
      data_format: text('NHWC'),
      is_training: { b: false },
    });
    g.node('Relu', 'relu', ['norm']);
    g.node('Relu', 'other', [
      g.node('AddV2', 'sum', [g.node('Mean', 'pooled', ['relu', g.weight('axes', [2], [1, 2], 'int32')]), 'y']),
    ]);
    return { inputs: { ...image, y: [2, 4] }, sites: 2, artifacts: g.artifacts() };
  },
  'zero padding between a Relu and a max-pool': () => {
    const g = new GraphBuilder();
    g.input('x', [null, 6, 6, 3]);
    g.node('Relu', 'relu', ['x']);
    const paddings = g.weight('paddings', [4, 2], [0, 0, 1, 1, 1, 1, 0, 0], 'int32');
    g.node('Pad', 'pad', [g.node('Identity', 'same', ['relu']), paddings]);
    g.node('MaxPool', 'pool', ['pad'], {
      ksize: ints(1, 3, 3, 1),
      strides: ints(1, 2, 2, 1),
      padding: text('VALID'),
      data_format: text('NHWC'),
    });
    g.node('PadV2', 'pad2', [g.node('Relu6', 'relu6', ['pool']), paddings, g.weight('zero', [], [0])]);
    g.node('MaxPool', 'pool2', ['pad2'], {
      ksize: ints(1, 3, 3, 1),
      strides: ints(1, 2, 2, 1),
      padding: text('VALID'),
      data_format: text('NHWC'),
    });
    return { inputs: image, sites: 2, artifacts: g.artifacts() };
  },
};

/** Inputs of a case, always the same. The caller disposes of them. */
export function inputsOf({ inputs }: GraphCase): tf.NamedTensorMap {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, shape]) => [name, tf.randomNormal(shape, 0, 1.5, 'float32', 11)]),
  );
}

/** All outputs of a model as numbers. */
export async function outputsOf(model: tf.GraphModel, inputs: tf.NamedTensorMap | tf.Tensor): Promise<number[]> {
  const outputs = [
    model.execute(
      inputs,
      model.outputs.map(({ name }) => name),
    ),
  ].flat();
  const values = await Promise.all(outputs.map(async (output) => [...(await output.data())]));
  outputs.forEach((output) => output.dispose());
  return values.flat();
}

/** The outputs of a case's original model; where stock wasm is wrong, those of the cpu backend. */
export async function originalOutputs(
  { artifacts, wrongOnWasm }: GraphCase,
  inputs: tf.NamedTensorMap,
): Promise<number[]> {
  const backend = tf.getBackend();
  if (wrongOnWasm !== undefined && backend === 'wasm') await tf.setBackend('cpu');
  const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  const outputs = await outputsOf(model, inputs);
  model.dispose();
  await tf.setBackend(backend);
  return outputs;
}

/** The largest difference, relative to the largest of the first. */
export function relativeDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Infinity;
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!))) / Math.max(...a.map(Math.abs));
}
