import * as tf from '@tensorflow/tfjs';
import '@curvature-tuning/activation/cpu';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { leavesNoTensor } from '../../../test/leavesNoTensor.js';
import { Random } from '../../examples/random.js';
import { ctActivation } from '../../unit/ctActivation.js';
import type { CTActivationArgs } from '../../unit/ctActivationArgs.js';
import type { BatchNormMode } from './form.js';
import { prepareForTraining } from '../trainingMode.js';

beforeAll(() => tf.setBackend('cpu'));
leavesNoTensor();

interface Options {
  unit?: CTActivationArgs;
  /** Whether the normalised values are an output too. */
  shown?: boolean;
  batchNorm?: BatchNormMode;
}

/** Normalisation and a unit, prepared or as tfjs runs it. */
function network(
  prepared: boolean,
  { unit = {}, shown = false, batchNorm = 'calibrate' }: Options,
): { model: tf.LayersModel; after: () => void } {
  const input = tf.input({ shape: [5, 4, 3] });
  const normalized = tf.layers.batchNormalization({ epsilon: 1e-2 }).apply(input) as tf.SymbolicTensor;
  const y = ctActivation({ beta: 0.7, coeff: 0.4, ...unit }).apply(normalized) as tf.SymbolicTensor;
  const model = tf.model({ inputs: input, outputs: shown ? [y, normalized] : y });
  const [gamma, beta] = model.layers[1]!.weights;
  gamma!.write(tf.tensor1d([0.5, 1, 2]));
  beta!.write(tf.tensor1d([0.1, 0, -0.3]));
  const run = prepared ? prepareForTraining(model, { batchNorm, random: new Random(1) }) : undefined;
  const after = (): void => {
    run?.afterForward(false);
    run?.catchUp();
  };
  return { model, after };
}

/** Values and gradients in x and in all trainable weights, and how often the unit's own kernels ran. */
function pass(
  { model, after }: ReturnType<typeof network>,
  training: boolean,
): { values: Float32Array[]; units: number } {
  const x = tf.randomNormal([6, 5, 4, 3], 1, 2, 'float32', 3);
  const dy = tf.randomNormal([6, 5, 4, 3], 0, 1, 'float32', 4);
  const variables = model.trainableWeights.map((weight) => (weight as unknown as { val: tf.Variable }).val);
  const kernels = ['Ctu', 'CtuForm'].map((name) => vi.spyOn(tf.getKernel(name, 'cpu'), 'kernelFunc'));
  const { value, grads } = tf.valueAndGrads((...args: tf.Tensor[]) => {
    const ys = [model.apply(args[0]!, { training })].flat() as tf.Tensor[];
    return tf.mul(
      ys.reduce((sum, y) => tf.add(sum, y)),
      dy,
    );
  })([x, ...variables]);
  after();
  const units = kernels.reduce((calls, { mock }) => calls + mock.calls.length, 0);
  kernels.forEach((kernel) => kernel.mockRestore());
  model.dispose();
  return { values: [value, ...grads].map((t) => t.dataSync<'float32'>()), units };
}

describe.each<[string, Options, boolean]>([
  ['a unit', {}, true],
  ['a unit of one number', { unit: { sharedAxes: [1, 2, 3] } }, false],
  ['a clipped unit', { unit: { maxValue: 6 } }, false],
  ['normalised values that leave the model', { shown: true }, false],
  ['frozen statistics', { batchNorm: 'frozen' }, false],
])('normalization before %s', (_, options, together) => {
  it(`gives values and gradients of tfjs's own to 1e-4, and is one op with the unit: ${together}`, () => {
    tf.tidy(() => {
      const training = options.batchNorm !== 'frozen';
      const expected = pass(network(false, options), training);
      const got = pass(network(true, options), true);
      got.values.forEach((values, k) => {
        const scale = Math.max(1, ...expected.values[k]!.map(Math.abs));
        values.forEach((v, i) =>
          expect(Math.abs(v - expected.values[k]![i]!) / scale, `value ${k}`).toBeLessThan(1e-4),
        );
      });
      expect(got.units === 0).toBe(together);
    });
  });
});
