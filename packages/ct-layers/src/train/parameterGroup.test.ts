import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { leavesNoTensor } from '../../test/leavesNoTensor.js';
import type { Binding } from './parameterGroup.js';
import { GroupInTraining } from './parameterGroup.js';

beforeAll(() => tf.setBackend('cpu'));
leavesNoTensor();

const group = (parameters: (tf.Variable | tf.Variable[])[]): GroupInTraining =>
  new GroupInTraining({ name: 'g', learningRate: 0.1, parameters });
const variable = (values: tf.TensorLike): tf.Variable => tf.tidy(() => tf.variable(tf.tensor(values)));
const numbers = (t: tf.Tensor): number[] => [...t.dataSync()];

it('a first step of Adam is the learning rate against the sign, whatever the size, times the factor', () => {
  const [a, b] = [variable([1, 1]), variable(1)];
  const trained = group([a, b]);
  const gradients = [tf.tensor1d([5, -0.01]), tf.scalar(3)];
  trained.step(gradients, 0.5);
  for (const [i, value] of [0.95, 1.05, 0.95].entries())
    expect([...numbers(a), ...numbers(b)][i]).toBeCloseTo(value, 5);
  trained.dispose();
  tf.dispose([a, b, ...gradients]);
});

it('tied variables keep one value, and their gradients are summed', () => {
  const [a, b] = [variable([1]), variable([1])];
  const trained = group([[a, b]]);
  expect(trained.sizes).toEqual([1]);
  expect(trained.variables).toEqual([a, b]);
  const gradients = [tf.tensor1d([1]), tf.tensor1d([-3])];
  trained.step(gradients, 1);
  // The sum is -2: both rise.
  expect(numbers(a)[0]).toBeCloseTo(1.1, 5);
  expect(numbers(b)).toEqual(numbers(a));
  trained.dispose();
  tf.dispose([a, b, ...gradients]);
});

it('goes on from a state as if it had never stopped', () => {
  const run = (stop: boolean): number[] => {
    const a = variable([1, 2]);
    let trained = group([a]);
    const gradient = tf.tensor1d([0.3, -0.7]);
    trained.step([gradient], 1);
    if (stop) {
      const state = trained.getState();
      expect(state.steps).toBe(1);
      trained.dispose();
      tf.tidy(() => a.assign(tf.zerosLike(a)));
      trained = group([a]);
      trained.setState(state);
      tf.dispose(state.tensors);
    }
    trained.step([gradient], 1);
    const values = numbers(a);
    trained.dispose();
    tf.dispose([a, gradient]);
    return values;
  };
  expect(run(true)).toEqual(run(false));
});

it('gives its variables other values, and they are its own from then on', () => {
  const [a, b] = [variable([[1, 2]]), variable(3)];
  const trained = group([a, b]);
  const values = tf.tensor1d([7, 8, 9]);
  trained.setValues(values);
  expect([numbers(a), numbers(b)]).toEqual([[7, 8], [9]]);
  expect(a.shape).toEqual([1, 2]);
  const own = trained.getValues();
  expect(numbers(own)).toEqual([7, 8, 9]);
  trained.dispose();
  tf.dispose([a, b, values, own]);
});

it('has the model take variables in pairs where kernels do, to the same values in the same order', () => {
  const run = (): { order: number[][]; state: number[]; taken: number[][] } => {
    const all = [
      [1, 2],
      [3, 4],
      [-1, 0.5, 2],
      [0, 1, -2],
    ].map(variable) as [tf.Variable, tf.Variable, tf.Variable, tf.Variable];
    const taken: number[][] = [];
    const bind = (value: tf.Tensor | null): void => void (value && taken.push(numbers(value)));
    const bindings = new Map(
      all.map((one, i): [tf.Variable, Binding] => [
        one,
        i % 2 === 0 ? { bind, pair: { second: all[i + 1]!, bind } } : { bind },
      ]),
    );
    const trained = new GroupInTraining({ name: 'g', learningRate: 0.1, parameters: all }, bindings);
    for (let step = 0; step < 2; step++) {
      const gradients = trained.leaves().map((leaf) => tf.tidy(() => tf.add(leaf, 0.1)));
      trained.step(gradients, 1);
      tf.dispose(gradients);
    }
    const { tensors } = trained.getState();
    const state = ['values', 'first', 'second'].flatMap((name) => numbers(tensors[name]!));
    trained.setState({ tensors, steps: 2 });
    const values = trained.getValues();
    expect(numbers(values)).toEqual(numbers(tensors['values']!));
    const order = all.map(numbers);
    expect(order.flat()).toEqual(numbers(values));
    trained.dispose();
    tf.dispose([...all, tensors, values]);
    return { order, state, taken };
  };
  const apart = run();
  const kernels = ['CtuPair', 'CtuPairGrad'].map((kernelName) => ({
    kernelName,
    backendName: 'cpu',
    kernelFunc: (): tf.TensorInfo[] => [],
  }));
  kernels.forEach((kernel) => tf.registerKernel(kernel));
  const paired = run();
  kernels.forEach(({ kernelName }) => tf.unregisterKernel(kernelName, 'cpu'));
  expect(apart.taken.map(({ length }) => length)).toEqual([2, 2, 3, 3, 2, 2, 3, 3]);
  expect(paired.taken.map(({ length }) => length)).toEqual([4, 6, 4, 6]);
  expect(paired.taken.flat()).toEqual(apart.taken.flat());
  expect(paired.state).toEqual(apart.state);
});
