import * as tf from '@tensorflow/tfjs';
import '@curvature-tuning/activation/cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { GraphBuilder, ints, text } from '../../../test/graphBuilder.js';
import { graphConvolution } from './graphConvolution.js';
import { replaceGraphActivations } from './replaceGraphActivations.js';

beforeAll(() => tf.setBackend('cpu'));

const values = (...shape: number[]): Float32Array =>
  tf.tidy(() => tf.randomNormal(shape, 0, 1, 'float32', shape.length).dataSync() as Float32Array);

/** A convolution, its bias and a ReLU6, fused. */
function network(op: string, attr: Parameters<GraphBuilder['fused']>[6]): tf.io.ModelArtifacts {
  const g = new GraphBuilder();
  const shape = op === '_FusedConv2D' ? [3, 3, 2, 4] : [3, 3, 2, 2];
  const filter = g.weight('w', shape, values(...shape));
  g.fused(op, 'y', g.input('x', [null, 6, 6, 2]), filter, ['BiasAdd', 'Relu6'], [g.weight('b', [4], values(4))], attr);
  return g.artifacts();
}

describe.each(['_FusedConv2D', 'FusedDepthwiseConv2dNative'])('%s', (op) => {
  it.each([
    ['same', { padding: text('SAME') }],
    ['valid, strided', { padding: text('VALID'), strides: ints(1, 2, 2, 1) }],
    ['dilated', { padding: text('SAME'), dilations: ints(1, 2, 2, 1) }],
  ])('%s: computes what the graph did to 1e-5, its gradient in x as well, and leaves nothing', async (name, attr) => {
    const artifacts = network(op, attr);
    const stock = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
    const { model } = await replaceGraphActivations(artifacts, { beta: 1 });
    const x = tf.tensor4d(values(2, 6, 6, 2), [2, 6, 6, 2]);
    const results = [stock, model].map((net) =>
      tf.tidy(() => {
        const y = net.execute(x) as tf.Tensor;
        // tfjs has no gradient of dilated convolutions.
        const gradient = (): tf.Tensor => tf.grad((input) => tf.square(net.execute(input) as tf.Tensor))(x);
        return [y, ...(name === 'dilated' ? [] : [gradient()])].map((t) => [...t.dataSync()]);
      }),
    );
    results[0]!.forEach((expected, k) =>
      expected.forEach((value, i) => expect(Math.abs(results[1]![k]![i]! - value), name).toBeLessThan(1e-5)),
    );
    const before = tf.memory().numTensors;
    tf.tidy(() => void model.execute(x));
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(x);
    [stock, model].forEach((net) => net.dispose());
  });
});

it('is none of a matrix product, and of a convolution that pads in a way of its own', () => {
  const node = (op: string, padding: string): Parameters<typeof graphConvolution>[0] => ({
    name: 'n',
    op,
    input: ['x', 'w', 'b'],
    attr: { padding: text(padding), strides: ints(1, 1, 1, 1), dilations: ints(1, 1, 1, 1) },
  });
  expect(graphConvolution(node('_FusedMatMul', 'SAME'))).toBeUndefined();
  expect(graphConvolution(node('_FusedConv2D', 'EXPLICIT'))).toBeUndefined();
  expect(graphConvolution(node('_FusedConv2D', 'VALID'))!.op).toBe('CurvatureTuningConvolution');
});
