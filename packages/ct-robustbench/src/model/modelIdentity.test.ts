import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { AttackedModel } from './attackedModel.js';
import { answersOf, rememberInner, sameAnswers, weightsHash } from './modelIdentity.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const network = (seed = 1): tf.LayersModel =>
  tf.sequential({
    layers: [
      tf.layers.dense({ units: 3, inputShape: [2], kernelInitializer: tf.initializers.heNormal({ seed }) }),
      tf.layers.batchNormalization(),
    ],
  });

describe('weightsHash', () => {
  it('is that of all weights, whatever is trainable and in whatever model they lie', async () => {
    const [model, frozen, nested] = [network(), network(), tf.sequential({ layers: [network()] })];
    frozen.layers.forEach((layer) => (layer.trainable = false));
    const expected = await weightsHash(model);
    expect(expected).toMatch(/^[0-9a-f]{64}$/);
    expect(await weightsHash(frozen)).toBe(expected);
    expect(await weightsHash(nested)).toBe(expected);
    expect(await weightsHash(network(2))).not.toBe(expected);
    const weights = model.getWeights();
    model.setWeights([...weights.slice(0, -1), tf.tensor1d([1, 2, 3])]);
    expect(await weightsHash(model)).not.toBe(expected);
  });

  it('is unknown of functions, but of those that call a model: that and what they do besides', async () => {
    const model = network();
    const outer = (x: tf.Tensor): tf.Tensor => model.predict(x) as tf.Tensor;
    expect(await weightsHash(outer)).toBeNull();
    rememberInner(outer, model, { mean: [0.5] });
    const hash = await weightsHash(outer);
    expect(hash).not.toBe(await weightsHash(model));
    rememberInner(outer, model, { mean: [0.6] });
    expect(await weightsHash(outer)).not.toBe(hash);
    rememberInner(outer, (x: tf.Tensor) => x, {});
    expect(await weightsHash(outer)).toBeNull();
  });

  it('reads the weights of a GraphModel by their names', async () => {
    const w = { a: [tf.tensor1d([1, 2])], b: [tf.tensor1d([3])] };
    const graph = (weights: object): never => ({ predict: (x: tf.Tensor) => x, weights }) as never;
    const expected = await weightsHash(graph(w));
    expect(await weightsHash(graph({ b: w.b, a: w.a }))).toBe(expected);
    expect(await weightsHash(graph({ a: w.b, b: w.a }))).not.toBe(expected);
  });
});

describe('answersOf', () => {
  const images = Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8);

  it('are the logits of the first three images, each by itself, and count as no passes', async () => {
    const attacked = new AttackedModel((x) => tf.concat([x, tf.mul(x, 2)], 1), [2]);
    const answers = await answersOf(attacked, images);
    const expected = [0.1, 0.2, 0.2, 0.4, 0.3, 0.4, 0.6, 0.8, 0.5, 0.6, 1, 1.2];
    expect(sameAnswers(answers!, Float32Array.from(expected))).toBe(true);
    expect(attacked.counts).toEqual({ forward: 0, backward: 0 });
  });

  it('are none of a model that gives others each time', async () => {
    let calls = 0;
    const attacked = new AttackedModel((x) => tf.add(x, calls++), [2]);
    expect(await answersOf(attacked, images)).toBeNull();
  });
});

it('sameAnswers lets backends round: 1e-4 of the largest logit, of 1 at least', () => {
  const same = (a: number[], b: number[]): boolean => sameAnswers(Float32Array.from(a), Float32Array.from(b));
  expect(same([1000, 1], [1000.09, 1.09])).toBe(true);
  expect(same([1000, 1], [1000, 1.2])).toBe(false);
  expect(same([0.1], [0.10009])).toBe(true);
  expect(same([0.1], [0.1002])).toBe(false);
  expect(same([1], [1, 1])).toBe(false);
});
