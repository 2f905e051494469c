import { ADAM } from '@curvature-tuning/activation';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { crossEntropy, crossEntropyGradient, withConstant } from '../probe/softmaxRegression.js';
import { Adam } from './adam.js';

interface Flat {
  shape: [number, number];
  data: number[];
}
type Trace = Record<'features' | 'weight0' | 'bias0' | 'weight10' | 'bias10', Flat> &
  Record<'labels' | 'loss_before_step', number[]> & { lr: number };
const golden = JSON.parse(readFileSync(new URL('../../test/golden/linear_probe.json', import.meta.url), 'utf8')) as {
  linear_probe: Trace;
};

/** PyTorch's weight [classes, features] and bias as one [features + 1, classes] matrix. */
function head(weight: Flat, bias: Flat): tf.Tensor2D {
  return tf.tidy(() =>
    tf.concat<tf.Tensor2D>(
      [tf.transpose(tf.tensor2d(weight.data, weight.shape)), tf.tensor2d(bias.data, [1, bias.data.length])],
      0,
    ),
  );
}

describe.each(['cpu', 'wasm'])('Adam on %s', (backend) => {
  beforeAll(async () => void (await tf.setBackend(backend)));

  it('reproduces ten Adam steps of PyTorch: losses to 1e-6, weights to 2e-6', () => {
    const { features, labels, weight0, bias0, lr, loss_before_step, weight10, bias10 } = golden.linear_probe;
    const x = withConstant(tf.tensor2d(features.data, features.shape));
    const y = tf.oneHot(tf.tensor1d(labels, 'int32'), 5).toFloat() as tf.Tensor2D;
    let w = head(weight0, bias0);
    const adam = new Adam(w);
    for (const [step, loss] of loss_before_step.entries()) {
      expect(Math.abs(crossEntropy(x, y, w).dataSync()[0]! - loss)).toBeLessThan(1e-6);
      if (step < 10) w = adam.step(w, crossEntropyGradient(x, y, w), lr);
    }
    expect(loss_before_step.length).toBe(11);
    const exact = head(weight10, bias10).dataSync();
    w.dataSync().forEach((v, i) => expect(Math.abs(v - exact[i]!)).toBeLessThan(2e-6));
  });
});

/** A kernel that updates the moments in their own memory, as tfjs-node's does. */
const inPlace: tf.KernelFunc = ({ inputs, attrs }) => {
  const { weights, gradient, first, second } = inputs as Record<'weights' | 'gradient' | 'first' | 'second', tf.Tensor>;
  const { scale, correction } = attrs as { scale: number; correction: number };
  const [w, g, m, v] = [weights, gradient, first, second].map((t) => t.dataSync()) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const updated = w.map((value, i) => {
    m[i] = m[i]! * 0.9 + g[i]! * 0.1;
    v[i] = v[i]! * 0.999 + g[i]! ** 2 * 0.001;
    return value - (m[i]! * scale) / (Math.sqrt(v[i]!) / correction + 1e-8);
  });
  return [tf.tensor(updated, weights.shape), first, second];
};

/** The cpu backend by another name, with the kernel or without. */
function registerCopy(backendName: string, isFused: boolean): void {
  tf.registerBackend(backendName, tf.findBackendFactory('cpu'));
  if (tf.getKernelsForBackend(backendName).length > 0) return;
  for (const kernel of tf.getKernelsForBackend('cpu')) tf.registerKernel({ ...kernel, backendName });
  if (isFused) tf.registerKernel({ kernelName: ADAM, backendName, kernelFunc: inPlace });
}

it('updates as the kernels of a card do to 1e-6, and resumes from a state of either to the same', async () => {
  registerCopy('card', false);
  registerCopy('fused', true);
  const run = async (backends: [string, string]): Promise<Float32Array> => {
    let state: ReturnType<Adam['getState']> | undefined;
    let values = Float32Array.of(0.5, -1, 2);
    for (const backend of backends) {
      await tf.setBackend(backend);
      let w: tf.Tensor = tf.tensor1d(values);
      const adam = new Adam(w);
      if (state !== undefined) {
        const { first, second } = state;
        const [m, v] = await Promise.all([first, second].map((t) => t.data()));
        adam.setState({ first: tf.tensor(m!), second: tf.tensor(v!), steps: state.steps });
      }
      for (let k = 0; k < 5; k++) w = adam.step(w, tf.mul(w, tf.tensor1d([1, 2, k])), 0.1);
      state = adam.getState(w);
      values = Float32Array.from(state.weights.dataSync());
    }
    return values;
  };
  const expected = await run(['cpu', 'cpu']);
  for (const backends of [
    ['card', 'card'],
    ['cpu', 'card'],
    ['card', 'cpu'],
    ['fused', 'fused'],
    ['fused', 'card'],
    ['cpu', 'fused'],
  ] as [string, string][])
    (await run(backends)).forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-6));
  for (const backend of ['card', 'fused']) tf.removeBackend(backend);
  await tf.setBackend('cpu');
});

it('a state stays what it is while the kernel goes on in the same memory', async () => {
  registerCopy('fused', true);
  await tf.setBackend('fused');
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const gradient = tf.tensor1d([0.5, -1]);
    const adam = new Adam(gradient);
    const updated = adam.step(tf.tensor1d([1, 2]), gradient, 0.1);
    const state = adam.getState(updated);
    const other = new Adam(gradient);
    other.setState(state);
    const values = [state.first, state.second].map((t) => [...t.dataSync()]);
    adam.step(updated, gradient, 0.1);
    other.step(updated, gradient, 0.1);
    expect([state.first, state.second].map((t) => [...t.dataSync()])).toEqual(values);
    adam.dispose();
    other.dispose();
  });
  expect(tf.memory().numTensors).toBe(before);
  tf.removeBackend('fused');
  await tf.setBackend('cpu');
});
