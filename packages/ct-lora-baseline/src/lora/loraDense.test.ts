import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { LoraDense } from './loraDense.js';
import type { KernelLayer } from './stockLayer.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

interface Made {
  model: tf.LayersModel;
  weights: Record<'kernel' | 'bias' | 'a' | 'b', number[][]>;
}

/** A LoraDense of 3 inputs and 2 outputs, rank 2, whose factors are no zeros. */
function made(more: object = {}): Made {
  const layer = new LoraDense({
    units: 2,
    inputShape: [3],
    loraRank: 2,
    loraAlpha: 6,
    activation: 'relu',
    ...more,
  } as never);
  const model = tf.sequential({ layers: [layer as unknown as KernelLayer] });
  const weights = {
    kernel: [
      [1, -1],
      [0.5, 2],
      [-2, 1],
    ],
    bias: [[0.25, -0.5]],
    a: [
      [1, 0],
      [0.5, -1],
      [0, 2],
    ],
    b: [
      [0.1, 0.2],
      [-0.3, 0.4],
    ],
  };
  const byName = (name: string): number[][] =>
    /lora_a/.test(name)
      ? weights.a
      : /lora_b/.test(name)
        ? weights.b
        : /bias/.test(name)
          ? weights.bias
          : weights.kernel;
  layer.setWeights(
    layer.weights.map(({ originalName, shape }) => tf.tensor(byName(originalName).flat(), shape as number[])),
  );
  return { model, weights };
}

/** max(0, x·(W + (alpha/r)·A·B) + b), in float64. */
function expected(x: number[], { kernel, bias, a, b }: Made['weights']): number[] {
  return [0, 1].map((k) => {
    const column = (i: number): number => kernel[i]![k]! + 3 * (a[i]![0]! * b[0]![k]! + a[i]![1]! * b[1]![k]!);
    return Math.max(
      0,
      x.reduce((sum, value, i) => sum + value * column(i), bias[0]![k]!),
    );
  });
}

const x = [0.5, -1, 2];

it('computes act(x·(W + s·A·B) + b) to 1e-6, recorded or not, at any rank, and leaks nothing', () => {
  const { model, weights } = made();
  const layer = model.layers[0]!;
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const one = tf.tensor2d([x]);
    const plain = [...(layer.apply(one) as tf.Tensor).dataSync()];
    let recorded: number[] = [];
    tf.grad((input: tf.Tensor) => {
      const y = layer.apply(input) as tf.Tensor;
      recorded = [...y.dataSync()];
      return tf.sum(y);
    })(one);
    for (const found of [plain, recorded])
      expected(x, weights).forEach((value, k) => expect(Math.abs(found[k]! - value)).toBeLessThan(1e-6));
  });
  expect(tf.memory().numTensors).toBe(before);
});

it('has the gradient in x, A and B of finite differences, to 1e-3, and none in W and b', () => {
  const { model, weights } = made();
  const layer = model.layers[0]!;
  const trainable = layer.trainableWeights.map((weight) => weight.originalName.replace(/.*\//, ''));
  expect(trainable.sort()).toEqual(['lora_a', 'lora_b']);
  const sum = (point: number[], w: Made['weights']): number => expected(point, w).reduce((a, b) => a + 2 * b, 0);
  const { dx, da, db } = tf.tidy(() => {
    const loss = (input: tf.Tensor): tf.Scalar => tf.mul(tf.sum(layer.apply(input) as tf.Tensor), 2) as tf.Scalar;
    const gradient = tf.grad(loss)(tf.tensor2d([x]));
    const variables = layer.trainableWeights.map((weight) => (weight as unknown as { val: tf.Variable }).val);
    const { grads } = tf.variableGrads(() => loss(tf.tensor2d([x])), variables);
    const of = (name: string): number[] => [
      ...Object.entries(grads)
        .find(([key]) => key.includes(name))![1]
        .dataSync(),
    ];
    return { dx: [...gradient.dataSync()], da: of('lora_a'), db: of('lora_b') };
  });
  const step = 1e-5;
  const difference = (change: (to: number) => [number[], Made['weights']]): number =>
    (sum(...change(step)) - sum(...change(-step))) / (2 * step);
  const close = (found: number, wanted: number): void => expect(Math.abs(found - wanted)).toBeLessThan(1e-3);
  x.forEach((_, i) =>
    close(
      dx[i]!,
      difference((to) => [x.map((v, j) => v + (i === j ? to : 0)), weights]),
    ),
  );
  const moved = (name: 'a' | 'b', at: number, to: number): Made['weights'] => ({
    ...weights,
    [name]: weights[name].map((row, i) => row.map((v, j) => v + (2 * i + j === at ? to : 0))),
  });
  da.forEach((found, at) =>
    close(
      found,
      difference((to) => [x, moved('a', at, to)]),
    ),
  );
  db.forEach((found, at) =>
    close(
      found,
      difference((to) => [x, moved('b', at, to)]),
    ),
  );
});

it('drops inputs of the low-rank path alone, by its seed', () => {
  const { model } = made({ loraDropout: 0.5 });
  const layer = model.layers[0]! as unknown as LoraDense & tf.layers.Layer;
  const train = (seed: number): number[] => {
    layer.reseed(seed);
    return tf.tidy(() => {
      let found: number[] = [];
      tf.grad((input: tf.Tensor) => {
        const y = layer.apply(input, { training: true }) as tf.Tensor;
        found = [...y.dataSync()];
        return tf.sum(y);
      })(tf.tensor2d(Array.from({ length: 8 }, () => x)));
      return found;
    });
  };
  expect(train(1)).toEqual(train(1));
  expect(train(1)).not.toEqual(train(2));
});
