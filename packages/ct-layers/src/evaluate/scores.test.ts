import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { setMeta } from '../model/classifier/meta.js';
import { reduceScores } from './scores.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** A model whose output is its input, of so many columns. */
function identity(columns: number, activation: 'linear' | 'softmax' | 'sigmoid' = 'linear'): tf.LayersModel {
  const input = tf.input({ shape: [columns] });
  const output = tf.layers.activation({ activation }).apply(input) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: output });
}

/** The logits that are reduced of these inputs. */
async function logitsOf(model: tf.LayersModel, rows: number[][], labels = rows.map(() => 0)): Promise<number[][]> {
  let found: number[][] = [];
  const examples = { images: tf.tensor2d(rows), labels };
  const before = tf.memory().numTensors;
  await reduceScores('test', { model, examples, options: {} }, async (logits) => {
    found = await logits.array();
    return 0;
  });
  expect(tf.memory().numTensors).toBe(before);
  return found;
}

describe('reduceScores', () => {
  it('takes logits as they are', async () => {
    expect(await logitsOf(identity(3), [[1, -2, 3]])).toEqual([[1, -2, 3]]);
  });

  it('takes the logarithm of probabilities, finite at 0', async () => {
    const model = identity(2, 'softmax');
    const [row] = await logitsOf(model, [[0, 200]]);
    expect(row![0]).toBeLessThan(-80);
    expect(Number.isFinite(row![0])).toBe(true);
    expect(row![1]).toBeCloseTo(0, 6);
  });

  it('makes the logits of two classes of one number', async () => {
    const one = identity(1);
    setMeta(one, { output: 'one logit' });
    expect(await logitsOf(one, [[1.5], [-2]])).toEqual([
      [0, 1.5],
      [0, -2],
    ]);
    const probability = identity(1, 'sigmoid');
    const [[a, b]] = (await logitsOf(probability, [[2]])) as [[number, number]];
    // ln(p / (1 − p)) is what goes into the sigmoid.
    expect(b - a).toBeCloseTo(2, 5);
  });

  it('refuses labels that are no classes, two outputs, and NaN, whose weight it names', async () => {
    await expect(logitsOf(identity(2), [[1, 2]], [2])).rejects.toThrow(RangeError);
    const input = tf.input({ shape: [1] });
    const twice = tf.model({ inputs: input, outputs: [input, input] });
    await expect(logitsOf(twice, [[1]])).rejects.toThrow('test: expected a model with one output');
    const dense = tf.sequential({ layers: [tf.layers.dense({ name: 'fc', units: 2, inputShape: [1] })] });
    dense.setWeights([tf.tensor2d([[NaN, 1]]), tf.zeros([2])]);
    await expect(logitsOf(dense, [[1]])).rejects.toThrow(/is NaN, of which no score can be told; its weight "fc/);
  });

  it('stops by its signal, and leaks nothing', async () => {
    const before = tf.memory().numTensors;
    const examples = { images: tf.zeros([1, 2]), labels: [0] };
    const signal = AbortSignal.abort(new Error('enough'));
    const evaluation = { model: identity(2), examples, options: { signal } };
    const reducing = reduceScores('test', evaluation, () => Promise.resolve(0));
    await expect(reducing).rejects.toThrow('enough');
    examples.images.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
