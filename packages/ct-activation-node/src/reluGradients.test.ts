import '@tensorflow/tfjs';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { needsSetUp, requireTfjsNode, setUpState } from '../test/setUpState.js';
import { registerReluGradients } from './reluGradients.js';

const ops: [string, (x: tf.Tensor) => tf.Tensor, (x: number) => number][] = [
  ['relu', (x) => tf.relu(x), (x) => (x > 0 ? 1 : 0)],
  ['relu6', (x) => tf.relu6(x), (x) => (x > 0 && x < 6 ? 1 : 0)],
  ['leakyRelu', (x) => tf.leakyRelu(x, 0.3), (x) => (x > 0 ? 1 : 0.3)],
];

describe.skipIf(setUpState === undefined)(`gradients of relu on tfjs-node (${needsSetUp})`, () => {
  beforeAll(async () => {
    requireTfjsNode();
    registerReluGradients();
    expect(await tf.setBackend('tensorflow')).toBe(true);
    tf.engine().startScope();
  });
  afterEach(() => {
    tf.engine().endScope();
    tf.engine().startScope();
  });

  const x = Float32Array.of(-3, -1e-30, -0, 0, 1e-30, 2.5, 5.9, 7, 1e30, Infinity, -Infinity);
  const dy = Float32Array.from(x, (_, i) => i - 4.5);

  it.each(ops)('%s: dy times the slope, to 1e-6', (_, op, slope) => {
    const gradient = tf.grad(op)(tf.tensor1d(x), tf.tensor1d(dy)).dataSync();
    x.forEach((v, i) => expect(gradient[i], `at ${v}`).toBeCloseTo(dy[i]! * slope(v), 6));
  });

  it.each(ops)('%s: one kernel for its gradient, and no array made on the host', async (_, op) => {
    const { kernels } = await tf.profile(() => tf.grad(op)(tf.tensor1d(x), tf.tensor1d(dy)));
    const names = kernels.map(({ name }) => name);
    expect(names.filter((name) => name.endsWith('Grad'))).toHaveLength(1);
    expect(names.filter((name) => ['Step', 'Fill', 'Select', 'Multiply'].includes(name))).toEqual([]);
  });

  it('relu: second derivatives are those of stock ops; tfjs has none of the others', () => {
    const inputs = tf.tensor1d([-2, 0.5, 3]);
    // d/dx of (f'(x)·x) is f'(x) where f'' is 0.
    const second = tf.grad((v) => tf.mul(tf.grad((u) => tf.relu(u))(v), v))(inputs);
    expect([...second.dataSync()]).toEqual([0, 1, 1]);
  });

  it('step: 1 above 0, else alpha, and NaN where x is', () => {
    expect([...tf.step(tf.tensor1d([-1, 0, 2, NaN])).dataSync()]).toEqual([0, 0, 1, NaN]);
    expect([...tf.step(tf.tensor1d([-1, 0, 2, NaN]), 0.5).dataSync()]).toEqual([0.5, 0.5, 1, NaN]);
    expect([...tf.step(tf.tensor1d([-1, 0, 2], 'int32')).dataSync()]).toEqual([0, 0, 1]);
  });

  it('leaves other backends to tfjs, and a second registration changes nothing', async () => {
    const gradient = tf.getGradient('Relu');
    registerReluGradients();
    expect(tf.getGradient('Relu')).toBe(gradient);
    await tf.setBackend('cpu');
    expect([
      ...tf
        .grad((v) => tf.relu(v))(tf.tensor1d([-1, 2]))
        .dataSync(),
    ]).toEqual([0, 1]);
    await tf.setBackend('tensorflow');
  });
});
