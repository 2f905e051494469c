/** Training on cards, by kernels for what a step does: as composed of stock ops, in fewer programs. */
import '@curvature-tuning/activation/webgl';
import '@curvature-tuning/activation/webgpu';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { tune } from '../src/index.js';
import { copyModel } from '../src/model.js';
import { fitClassifier } from '../src/training.js';
import type { WeightSelection } from '../src/training.js';

const [STEPS, BATCH] = [10, 4];
const SLOW = 120_000;
/** The kernels that a step has in place of stock ops; `Ctu` and `CtuGrad` stay. */
const FUSED = [
  'NormalizeBatch',
  'NormalizeBatchGrad',
  'CtuPair',
  'CtuPairGrad',
  'Adam',
  'CrossEntropy',
  'CrossEntropyGrad',
];

export type Method = 'T-CT' | 'full fine-tuning' | 'the head';

/** Registers the tests of these ways to train, on both backends. */
export function normalizeTraining(methods: readonly Method[]): void {
  describe.each(['webgl', 'webgpu'])('ten steps of a residual network on %s', (backend) => {
    beforeAll(async () => {
      expect(await tf.setBackend(backend)).toBe(true);
    });

    it.each(methods)(
      '%s: the losses are those of stock ops to 1e-5',
      async (method) => {
        const fused = await lossesOf(method);
        const kernels = FUSED.map((name) => tf.getKernel(name, backend));
        kernels.forEach(({ kernelName }) => tf.unregisterKernel(kernelName, backend));
        const composed = await lossesOf(method).finally(() => kernels.forEach((kernel) => tf.registerKernel(kernel)));
        expect(fused).toHaveLength(STEPS);
        fused.forEach((loss, i) => expect(Math.abs(loss - composed[i]!), `step ${i}`).toBeLessThan(1e-5));
        expect(new Set(fused).size).toBe(STEPS);
      },
      SLOW,
    );
  });
}

async function lossesOf(method: Method): Promise<number[]> {
  const model = residualNetwork();
  const images = tf.randomNormal([BATCH * STEPS, 8, 8, 1], 0, 1, 'float32', 1);
  const labels = tf.tensor1d(
    Array.from({ length: BATCH * STEPS }, (_, i) => i % 10),
    'int32',
  );
  const data = { images, labels };
  const losses: number[] = [];
  const callbacks = { onBatchEnd: (_: number, logs?: { loss?: number }) => void losses.push(logs!.loss!) };
  const options = { protocol: 'paper', epochs: 1, batchSize: BATCH, classes: 10, callbacks } as const;
  const everything: WeightSelection[] = [
    { name: 'all', learningRate: 1e-3, select: ({ name }) => !name.startsWith('moving') },
  ];
  const { dispose } =
    method === 'T-CT'
      ? await tune(model, data, data, options)
      : await fitClassifier(copyModel(model), data, data, {
          ...options,
          ...(method === 'the head' ? {} : { weights: everything }),
        });
  dispose();
  model.dispose();
  tf.dispose([images, labels]);
  return losses;
}

/**
 * 8 x 8 grey images to ten classes: a normalisation before a ReLU, one before a sum, and one behind a convolution that
 * strides. Each shape costs SwiftShader its compilation of every program.
 */
function residualNetwork(): tf.LayersModel {
  const normalized = (x: tf.SymbolicTensor, seed: number, strides = 1, filters = 8): tf.SymbolicTensor => {
    const kernelInitializer = tf.initializers.heNormal({ seed });
    const conv = tf.layers.conv2d({
      filters,
      kernelSize: 3,
      strides,
      padding: 'same',
      useBias: false,
      kernelInitializer,
    });
    return tf.layers.batchNormalization().apply(conv.apply(x)) as tf.SymbolicTensor;
  };
  const relu = (x: unknown): tf.SymbolicTensor => tf.layers.reLU().apply(x as tf.SymbolicTensor) as tf.SymbolicTensor;
  const input = tf.input({ shape: [8, 8, 1] });
  const stem = relu(normalized(input, 1));
  const block = relu(tf.layers.add().apply([normalized(stem, 2), stem]));
  const pooled = tf.layers.globalAveragePooling2d({}).apply(relu(normalized(block, 3, 2, 5)));
  const head = tf.layers.dense({ units: 10, kernelInitializer: tf.initializers.glorotUniform({ seed: 4 }) });
  return tf.model({ inputs: input, outputs: head.apply(pooled) as tf.SymbolicTensor });
}
