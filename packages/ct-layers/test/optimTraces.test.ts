/**
 * Ten steps of training against PyTorch, float64: test/golden/optim_traces.json, written with PyTorch 2.6.0 from the
 * authors' code at commit 86e689d, each parameter once in the optimiser.
 */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { loadTorchWeights } from '@curvature-tuning/models';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { curvatureLayers } from '../src/model/curvatureLayers.js';
import { replaceActivations } from '../src/index.js';
import { fitParameters } from '../src/training.js';
import { variableOf } from '../src/host/layerInternals.js';
import { prepareForTraining } from '../src/train/trainingMode.js';
import { Random } from '../src/examples/random.js';

interface Flat {
  shape: number[];
  data: number[];
}
interface Trace {
  loss_before_step: number[];
  final_state: [string, Flat][];
}
const golden = JSON.parse(readFileSync(new URL('./golden/optim_traces.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
> & { model: [string, Flat][]; x_nchw: Flat; y: number[] };

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

describe.each(['cpu', 'wasm'])('T-CT on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));

  for (const batchNorm of ['adapt', 'frozen'] as const) {
    for (const warmup of [0, 5]) {
      const trace = golden[
        `tct_bn_${batchNorm === 'adapt' ? 'train' : 'eval'}${warmup ? `_warmup${warmup}` : ''}`
      ] as Trace;

      it(
        `batch norm ${batchNorm}, warm-up ${warmup}: losses of 11 steps agree with PyTorch float64 to 2e-6, ` +
          'final parameters and statistics to 2e-5',
        async () => {
          const relu = network();
          loadTorchWeights(
            relu,
            new Map(
              golden.model.map(([name, { shape, data }]) => [
                name,
                { dtype: 'F32', shape, data: Float32Array.from(data) },
              ]),
            ),
          );
          const { model } = replaceActivations(relu, { sharing: 'channel', trainable: true });
          for (const layer of curvatureLayers(model).values())
            layer.setWeights([1.386, 0].map((raw, i) => tf.fill(layer.weights[i]!.shape as number[], raw)));
          const prepared = prepareForTraining(model, { batchNorm, random: new Random(1) });
          // Batch norm's own parameters are frozen, as everything else is.
          model.layers.forEach(
            (layer) => (layer.trainable = layer.getClassName() === 'CTActivation' || layer.name === 'fc'),
          );
          const variables = (name: string): tf.Variable[] => model.getLayer(name).weights.map(variableOf);
          const images = tf.transpose(
            tf.tensor4d(golden.x_nchw.data, golden.x_nchw.shape as [number, number, number, number]),
            [0, 2, 3, 1],
          );
          const examples = { images, labels: tf.tensor1d(golden.y, 'int32') };
          const got: Record<string, ArrayLike<number> | undefined> = {};
          const { history } = await fitParameters(
            {
              ...prepared,
              forward: (x, training) => model.apply(x, { training }) as tf.Tensor2D,
              inputShape: [null, 8, 8, 3],
              classes: 4,
              groups: [
                { name: 'curvature', learningRate: 0.1, parameters: [...variables('relu1'), ...variables('relu2')] },
                { name: 'head', learningRate: 1e-3, parameters: variables('fc') },
              ],
            },
            examples,
            examples,
            {
              epochs: 11,
              batchSize: 16,
              evaluationBatchSize: 16,
              schedule: (epoch) => (warmup === 0 ? 1 : Math.min(1, epoch / (warmup + 1e-8))),
              onProgress: ({ epoch, epochRecord }) => {
                if (epoch !== 9 || epochRecord === undefined) return;
                for (const i of [1, 2]) {
                  [got[`relu${i}._raw_beta`], got[`relu${i}._raw_coeff`]] = model
                    .getLayer(`relu${i}`)
                    .getWeights()
                    .map((w) => w.dataSync());
                  [got[`bn${i}.running_mean`], got[`bn${i}.running_var`]] = model
                    .getLayer(`bn${i}`)
                    .getWeights()
                    .slice(2)
                    .map((w) => w.dataSync());
                }
                const [kernel, bias] = model.getLayer('fc').getWeights();
                got['fc.weight'] = tf.transpose(kernel!).dataSync();
                got['fc.bias'] = bias!.dataSync();
              },
            },
          );
          history.forEach(({ loss }, i) =>
            expect(Math.abs(loss - trace.loss_before_step[i]!), `step ${i}`).toBeLessThan(2e-6),
          );
          expect(trace.final_state.length).toBe(10);
          for (const [name, { data }] of trace.final_state)
            data.forEach((v, i) => expect(Math.abs(got[name]![i]! - v), name).toBeLessThan(2e-5));
        },
      );
    }
  }
});
