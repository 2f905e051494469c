/**
 * Ten steps of T-CT on the network of the golden traces, to be held against PyTorch's.
 */
import * as tf from '@tensorflow/tfjs';
import { loadTorchWeights } from '@curvature-tuning/models';
import { readFileSync } from 'node:fs';
import { curvatureLayers } from '../src/model/curvatureLayers.js';
import { replaceActivations } from '../src/index.js';
import { fitParameters } from '../src/training.js';
import { variableOf } from '../src/host/layerInternals.js';
import { prepareForTraining } from '../src/train/trainingMode.js';
import { Random } from '../src/examples/random.js';
import type { ActivationKind } from '../src/unit/activationKind.js';

/** Numbers of a golden file. */
export interface Flat {
  shape: number[];
  data: number[];
}

/** What PyTorch recorded of one run. */
export interface Trace {
  loss_before_step: number[];
  final_state: [string, Flat][];
}

/** Reads a file of test/golden. */
export function readGolden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`./golden/${name}`, import.meta.url), 'utf8')) as T;
}

/** The network's weights, and the examples. */
export type TraceData = Record<string, unknown> & { model: [string, Flat][]; x_nchw: Flat; y: number[] };
const data = readGolden<TraceData>('optim_traces.json');

/** Where a run starts and how it goes. */
export interface TraceRun {
  activation: 'relu' | 'swish';
  kind: ActivationKind;
  /** Raw beta and c that the units start with. */
  raw: readonly [beta: number, coeff: number];
  batchNorm: 'adapt' | 'frozen';
  /** Of the units; the head has 1e-3. */
  learningRate: number;
  /** Steps over which the rates rise to their full height. */
  warmup: number;
}

/** The losses before each of eleven steps, and the state after ten, by PyTorch's names. */
export interface Followed {
  losses: number[];
  state: Record<string, ArrayLike<number>>;
}

/** The images of the traces, `[16, 8, 8, 3]`; the caller disposes of them. */
export function traceImages(): tf.Tensor {
  return tf.tidy(() => tf.transpose(tf.tensor(data.x_nchw.data, data.x_nchw.shape), [0, 2, 3, 1]));
}

/** conv-BN-activation twice, the second of stride 2, global mean, linear, with the weights of the traces. */
export function traceNetwork(activation: TraceRun['activation']): tf.LayersModel {
  const input = tf.input({ shape: [8, 8, 3] });
  const conv = (x: tf.SymbolicTensor, i: number, filters: number, strides: number): tf.SymbolicTensor => {
    const padded = tf.layers.zeroPadding2d({ padding: 1 }).apply(x);
    const y = tf.layers.conv2d({ name: `conv${i}`, filters, kernelSize: 3, strides, useBias: false }).apply(padded);
    const z = tf.layers.batchNormalization({ name: `bn${i}`, epsilon: 1e-5, momentum: 0.9 }).apply(y);
    return tf.layers.activation({ name: `act${i}`, activation: activation as 'relu' }).apply(z) as tf.SymbolicTensor;
  };
  const pooled = tf.layers
    .globalAveragePooling2d({ dataFormat: 'channelsLast' })
    .apply(conv(conv(input, 1, 6, 1), 2, 8, 2));
  const outputs = tf.layers.dense({ name: 'fc', units: 4 }).apply(pooled) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs });
  loadTorchWeights(
    model,
    new Map(
      data.model.map(([name, { shape, data: values }]) => [
        name,
        { dtype: 'F32', shape, data: Float32Array.from(values) },
      ]),
    ),
  );
  return model;
}

/** Trains as the traces were. */
export async function followTrace(run: TraceRun): Promise<Followed> {
  const { batchNorm, warmup } = run;
  const { model } = replaceActivations(traceNetwork(run.activation), {
    kinds: [run.kind],
    sharing: 'channel',
    trainable: true,
  });
  for (const layer of curvatureLayers(model).values())
    layer.setWeights(run.raw.map((raw, i) => tf.fill(layer.weights[i]!.shape as number[], raw)));
  const prepared = prepareForTraining(model, { batchNorm, random: new Random(1) });
  // Batch norm's own parameters are frozen, as everything else is.
  model.layers.forEach((layer) => (layer.trainable = layer.getClassName() === 'CTActivation' || layer.name === 'fc'));
  const variables = (name: string): tf.Variable[] => model.getLayer(name).weights.map(variableOf);
  const examples = { images: traceImages(), labels: tf.tensor1d(data.y, 'int32') };
  const state: Followed['state'] = {};
  const { history } = await fitParameters(
    {
      ...prepared,
      forward: (x, training) => model.apply(x, { training }) as tf.Tensor2D,
      inputShape: [null, 8, 8, 3],
      classes: 4,
      groups: [
        { name: 'curvature', learningRate: run.learningRate, parameters: ['act1', 'act2'].flatMap(variables) },
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
        if (epoch === 9 && epochRecord !== undefined) Object.assign(state, stateOf(model));
      },
    },
  );
  return { losses: history.map(({ loss }) => loss), state };
}

function stateOf(model: tf.LayersModel): Followed['state'] {
  const state: Followed['state'] = {};
  const values = (layer: string): ArrayLike<number>[] =>
    model
      .getLayer(layer)
      .getWeights()
      .map((weight) => weight.dataSync());
  for (const i of [1, 2]) {
    [state[`relu${i}._raw_beta`], state[`relu${i}._raw_coeff`]] = values(`act${i}`) as [Float32Array, Float32Array];
    [state[`bn${i}.running_mean`], state[`bn${i}.running_var`]] = values(`bn${i}`).slice(2) as [
      Float32Array,
      Float32Array,
    ];
  }
  const [kernel, bias] = model.getLayer('fc').getWeights();
  state['fc.weight'] = tf.transpose(kernel!).dataSync();
  state['fc.bias'] = bias!.dataSync();
  return state;
}
