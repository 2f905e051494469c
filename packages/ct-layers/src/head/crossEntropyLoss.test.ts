import * as tf from '@tensorflow/tfjs';
import { CROSS_ENTROPY, CROSS_ENTROPY_GRAD } from '@curvature-tuning/activation';
import { beforeAll, expect, it } from 'vitest';
import { leavesNoTensor } from '../../test/leavesNoTensor.js';
import { crossEntropyLoss, scoredCrossEntropy } from './crossEntropyLoss.js';

beforeAll(() => tf.setBackend('cpu'));
leavesNoTensor();

const values = [
  [1, 2, 0.5],
  [-1, 3, 0],
];
const classes = [2, 1];
const softmax = values.map((row) => {
  const sum = row.reduce((s, v) => s + Math.exp(v), 0);
  return row.map((v) => Math.exp(v) / sum);
});

it('is the mean of −ln softmax at the class, with the gradient of the closed form, to 1e-6', () => {
  tf.tidy(() => {
    const target = tf.oneHot(tf.tensor1d(classes, 'int32'), 3).toFloat() as tf.Tensor2D;
    const { value, grad } = tf.valueAndGrad((z: tf.Tensor) => crossEntropyLoss(z as tf.Tensor2D, target))(
      tf.tensor2d(values),
    );
    const exact = -(Math.log(softmax[0]![2]!) + Math.log(softmax[1]![1]!)) / 2;
    expect(value.dataSync()[0]).toBeCloseTo(exact, 6);
    const got = grad.dataSync();
    softmax.flat().forEach((p, i) => {
      const isOwn = i % 3 === classes[Math.floor(i / 3)];
      expect(got[i]).toBeCloseTo((p - Number(isOwn)) / 2, 6);
    });
  });
});

it('has loss and hits of one kernel where there is one, and its gradient', () => {
  const [logits, labels] = [tf.tensor2d(values), tf.tensor1d(classes, 'int32')];
  expect(scoredCrossEntropy(logits, labels)).toBeUndefined();
  const given: object[] = [];
  const kernel = (kernelName: string, results: () => tf.Tensor | tf.Tensor[]): void =>
    tf.registerKernel({
      kernelName,
      backendName: 'cpu',
      kernelFunc: ({ inputs }) => {
        given.push(Object.keys(inputs));
        return results();
      },
    });
  kernel(CROSS_ENTROPY, () => [tf.tensor1d([0.7, 1]), tf.zeros([2, 4])]);
  kernel(CROSS_ENTROPY_GRAD, () => tf.fill([2, 3], 5));
  let scores: tf.Tensor | undefined;
  const { value, grad } = tf.valueAndGrad((z: tf.Tensor) => {
    const scored = scoredCrossEntropy(z as tf.Tensor2D, labels)!;
    scores = scored.scores;
    return scored.loss;
  })(logits);
  [CROSS_ENTROPY, CROSS_ENTROPY_GRAD].forEach((name) => tf.unregisterKernel(name, 'cpu'));
  expect(value.shape).toEqual([]);
  expect(value.dataSync()[0]).toBeCloseTo(0.7, 6);
  expect(scores!.dataSync()[1]).toBe(1);
  expect([...grad.dataSync()]).toEqual([5, 5, 5, 5, 5, 5]);
  expect(given).toEqual([
    ['logits', 'labels'],
    ['dy', 'logits', 'labels', 'rows'],
  ]);
  tf.dispose([logits, labels, value, grad, scores!]);
});
