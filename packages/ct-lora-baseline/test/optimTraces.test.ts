/**
 * Ten steps of training against PyTorch, float64: test/golden/optim_traces.json.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '@curvature-tuning/wasm-gradients';
import { fitParameters, prepareForTraining, Random } from '@curvature-tuning/layers/training';
import { loadTorchWeights } from '@curvature-tuning/models';
import type { LayerVariable } from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyLora, loraLayers } from '../src/index.js';
import type { Flat } from './golden.js';
import { golden } from './golden.js';

interface Traces {
  model: [string, Flat][];
  x_nchw: Flat;
  y: number[];
  'lora_r1_bn_train_lr1e-4': { init_AB: [string, Flat][]; loss_before_step: number[]; final_AB: [string, Flat][] };
  linear_probe: {
    features: Flat;
    labels: number[];
    weight0: Flat;
    bias0: Flat;
    lr: number;
    loss_before_step: number[];
    weight10: Flat;
    bias10: Flat;
  };
}
const traces = golden<Traces>('optim_traces');
const variableOf = (weight: LayerVariable): tf.Variable => (weight as unknown as { val: tf.Variable }).val;
const tensor = ({ data, shape }: Flat): tf.Tensor => tf.tensor(data, shape);
const worst = (got: ArrayLike<number>, { data }: Flat): number => {
  expect(got.length).toBe(data.length);
  return data.reduce((most, v, i) => Math.max(most, Math.abs(got[i]! - v)), 0);
};

/** conv-BN-ReLU twice, the second of stride 2, global mean, linear: the network of the traces. */
function network(): tf.LayersModel {
  const input = tf.input({ shape: [8, 8, 3] });
  const conv = (x: tf.SymbolicTensor, i: number, filters: number, strides: number): tf.SymbolicTensor => {
    const padded = tf.layers.zeroPadding2d({ padding: 1 }).apply(x);
    const y = tf.layers.conv2d({ name: `conv${i}`, filters, kernelSize: 3, strides, useBias: false }).apply(padded);
    return tf.layers
      .reLU({ name: `relu${i}` })
      .apply(
        tf.layers.batchNormalization({ name: `bn${i}`, epsilon: 1e-5, momentum: 0.9 }).apply(y),
      ) as tf.SymbolicTensor;
  };
  const pooled = tf.layers
    .globalAveragePooling2d({ dataFormat: 'channelsLast' })
    .apply(conv(conv(input, 1, 6, 1), 2, 8, 2));
  return tf.model({
    inputs: input,
    outputs: tf.layers.dense({ name: 'fc', units: 4 }).apply(pooled) as tf.SymbolicTensor,
  });
}

describe.each(['cpu', 'wasm'])('on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));

  it(
    'LoRA, rank 1, at 1e-4: losses of 10 steps agree with PyTorch float64 to 2e-6, A and B after them to ' + '1e-5',
    async () => {
      const trace = traces['lora_r1_bn_train_lr1e-4'];
      const base = network();
      loadTorchWeights(
        base,
        new Map(
          traces.model.map(([name, { shape, data }]) => [name, { dtype: 'F32', shape, data: Float32Array.from(data) }]),
        ),
      );
      const { model } = applyLora(base, { protocol: 'paper', exclude: 'fc' });
      const factors = new Map<string, LayerVariable>(
        [...loraLayers(model)].flatMap(([path, { lora }]) => [
          [`${path}.A`, lora.variables.a] as const,
          [`${path}.B`, lora.variables.b] as const,
        ]),
      );
      expect(trace.init_AB.map(([name]) => name).sort()).toEqual([...factors.keys()].sort());
      for (const [name, value] of trace.init_AB) {
        const variable = factors.get(name)!;
        variable.write(
          name.endsWith('A')
            ? tf.transpose(tf.reshape(tensor(value), [1, variable.shape[2]!, 3, 3]), [2, 3, 1, 0])
            : tf.transpose(tensor(value)),
        );
      }
      prepareForTraining(model, { batchNorm: 'adapt', random: new Random(1) });
      const images = tf.transpose(tensor(traces.x_nchw) as tf.Tensor4D, [0, 2, 3, 1]);
      const examples = { images, labels: tf.tensor1d(traces.y, 'int32') };
      const got = new Map<string, Float32Array>();
      const { history } = await fitParameters(
        {
          forward: (x, training) => model.apply(x, { training }) as tf.Tensor2D,
          inputShape: [null, 8, 8, 3],
          classes: 4,
          groups: [
            { name: 'lora', learningRate: 1e-4, parameters: [...factors.values()].map(variableOf) },
            { name: 'head', learningRate: 1e-4, parameters: model.getLayer('fc').weights.map(variableOf) },
          ],
        },
        examples,
        examples,
        {
          epochs: 10,
          batchSize: 16,
          evaluationBatchSize: 16,
          schedule: () => 1,
          onProgress: ({ epoch, epochRecord }) => {
            if (epoch !== 9 || epochRecord === undefined) return;
            for (const [name, variable] of factors) {
              const value = variable.read();
              got.set(
                name,
                (value.rank === 4 ? tf.transpose(value, [3, 2, 0, 1]) : tf.transpose(value)).dataSync<'float32'>(),
              );
            }
          },
        },
      );
      expect(trace.loss_before_step.length).toBe(10);
      history.forEach(({ loss }, i) =>
        expect(Math.abs(loss - trace.loss_before_step[i]!), `step ${i}`).toBeLessThan(2e-6),
      );
      expect(trace.final_AB.length).toBe(4);
      for (const [name, value] of trace.final_AB) expect(worst(got.get(name)!, value), name).toBeLessThan(1e-5);
    },
  );

  it('the linear probe: losses of 11 steps agree with PyTorch float64 to 2e-6, weights after 10 to 1e-5', async () => {
    const trace = traces.linear_probe;
    const head = tf.sequential({ layers: [tf.layers.dense({ units: 5, inputShape: [16] })] });
    head.layers[0]!.setWeights([tf.transpose(tensor(trace.weight0)), tensor(trace.bias0)]);
    prepareForTraining(head, { batchNorm: 'adapt', random: new Random(1) });
    const examples = { images: tensor(trace.features), labels: tf.tensor1d(trace.labels, 'int32') };
    const got: Float32Array[] = [];
    const { history } = await fitParameters(
      {
        forward: (x) => head.apply(x) as tf.Tensor2D,
        inputShape: [null, 16],
        classes: 5,
        groups: [{ name: 'head', learningRate: trace.lr, parameters: head.layers[0]!.weights.map(variableOf) }],
      },
      examples,
      examples,
      {
        epochs: 11,
        batchSize: 32,
        evaluationBatchSize: 32,
        schedule: () => 1,
        onProgress: ({ epoch, epochRecord }) => {
          if (epoch === 9 && epochRecord !== undefined)
            got.push(
              ...head.layers[0]!.getWeights().map((w) => (w.rank === 2 ? tf.transpose(w) : w).dataSync<'float32'>()),
            );
        },
      },
    );
    expect(trace.loss_before_step.length).toBe(11);
    history.forEach(({ loss }, i) =>
      expect(Math.abs(loss - trace.loss_before_step[i]!), `step ${i}`).toBeLessThan(2e-6),
    );
    expect(worst(got[0]!, trace.weight10)).toBeLessThan(1e-5);
    expect(worst(got[1]!, trace.bias10)).toBeLessThan(1e-5);
  });
});
