// The kind of a classifier's output, changed and changed back.
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { outputKind, setOutputKind } from '../model.js';

beforeAll(() => tf.setBackend('cpu'));
let before: number;
beforeEach(() => (before = tf.memory().numTensors));
afterEach(() => expect(tf.memory().numTensors, 'tensors left behind').toBe(before));

const ending = (units: number, last: tf.layers.Layer[], activation: 'softmax' | 'sigmoid' | 'linear'): tf.Sequential =>
  tf.sequential({ layers: [tf.layers.dense({ units, activation, inputShape: [4] }), ...last] });
const outputs = (model: tf.LayersModel): number[] =>
  tf.tidy(() => [...(model.predict(tf.tensor2d([[1, -2, 3, 0.5]])) as tf.Tensor).dataSync()]);

it.each([
  ['a dense layer with a softmax', (): tf.Sequential => ending(3, [], 'softmax'), 'probabilities', 'logits'],
  [
    'a softmax of its own',
    (): tf.Sequential => ending(3, [tf.layers.activation({ activation: 'softmax' })], 'linear'),
    'probabilities',
    'logits',
  ],
  ['a dense layer with a sigmoid', (): tf.Sequential => ending(1, [], 'sigmoid'), 'one probability', 'one logit'],
] as const)(
  'logits of %s: their activation gives the probabilities to 1e-6, and undone they are back',
  (_, make, own, logits) => {
    const model = make();
    const probabilities = outputs(model);
    expect(outputKind(model)).toBe(own);
    const undo = setOutputKind(model, logits);
    expect(outputKind(model)).toBe(logits);
    const z = outputs(model);
    const total = z.reduce((sum, one) => sum + Math.exp(one), 0);
    const expected = z.map((one) => (logits === 'logits' ? Math.exp(one) / total : 1 / (1 + Math.exp(-one))));
    probabilities.forEach((p, i) => expect(p).toBeCloseTo(expected[i]!, 6));
    undo();
    expect(outputs(model)).toEqual(probabilities);
    model.dispose();
  },
);

it('refuses a kind of another width, and a layer that makes something else of the numbers', () => {
  const one = ending(1, [], 'sigmoid');
  expect(() => setOutputKind(one, 'logits')).toThrow(/must be of as many columns as ".*" has \(one probability\)/);
  const several = ending(3, [], 'softmax');
  expect(() => setOutputKind(several, 'one logit')).toThrow('(probabilities), got one logit');
  const softmaxLayer = ending(3, [tf.layers.softmax()], 'linear');
  expect(() => setOutputKind(softmaxLayer, 'logits')).toThrow(/its last layer ".*" \(Softmax\) makes something else/);
  [one, several, softmaxLayer].forEach((model) => model.dispose());
});
