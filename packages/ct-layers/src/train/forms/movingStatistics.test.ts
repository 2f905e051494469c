import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { leavesNoTensor } from '../../../test/leavesNoTensor.js';
import type { FoundStatistics } from './movingStatistics.js';
import { MovingStatistics } from './movingStatistics.js';

beforeAll(() => tf.setBackend('cpu'));
leavesNoTensor();

/** Statistics of a layer of some channels, and its two weights. */
function found(
  [mean, variance]: [number[], number[]],
  count: number,
  momentum: number,
): { note: FoundStatistics; weights: tf.Tensor[]; layer: tf.layers.Layer } {
  const layer = tf.layers.batchNormalization();
  layer.build([null, mean.length]);
  const [, , movingMean, movingVariance] = layer.weights as [
    never,
    never,
    FoundStatistics['movingMean'],
    FoundStatistics['movingMean'],
  ];
  const statistics = tf.tensor2d([mean, variance]);
  return {
    note: { statistics, count, momentum, movingMean, movingVariance },
    weights: [movingMean.read(), movingVariance.read()],
    layer,
  };
}

it('moves the means and unbiased variances of all layers, each by its momentum', () => {
  const one = found(
    [
      [1, 2],
      [3, 4],
    ],
    5,
    0.9,
  );
  const two = found([[-1], [0.5]], 1, 0.5);
  const moving = new MovingStatistics();
  moving.note(one.note);
  moving.note(two.note);
  moving.apply();
  moving.settle();
  const close = (got: tf.Tensor, expected: number[]): void =>
    expected.forEach((value, i) => expect(got.dataSync()[i]).toBeCloseTo(value, 6));
  close(one.weights[0]!, [0.1, 0.2]);
  close(one.weights[1]!, [0.9 + 0.1 * 3 * (5 / 4), 0.9 + 0.1 * 4 * (5 / 4)]);
  close(two.weights[0]!, [-0.5]);
  // One entry a channel has no unbiased variance.
  close(two.weights[1]!, [0.75]);
  [one, two].forEach(({ layer }) => tf.dispose(layer.weights.map((weight) => weight.read())));
});

it('forgets what is dropped, and has nothing to apply afterwards', () => {
  const one = found([[1], [3]], 5, 0.9);
  const moving = new MovingStatistics();
  moving.note(one.note);
  moving.drop();
  moving.apply();
  expect(one.weights.map((weight) => weight.dataSync()[0])).toEqual([0, 1]);
  tf.dispose(one.layer.weights.map((weight) => weight.read()));
});

it('moves what it has moved before, settled in between or not, and others than before', () => {
  const [one, two] = [found([[1], [3]], 5, 0.9), found([[2], [1]], 5, 0.5)];
  const values = (): number[] => [one, two].flatMap(({ weights }) => weights.map((weight) => weight.dataSync()[0]!));
  const steps = (isSettled: boolean): number[] => {
    const moving = new MovingStatistics();
    for (const noted of [[one], [one], [one, two], [two]]) {
      noted.forEach(({ note }) => moving.note({ ...note, statistics: note.statistics.clone() }));
      moving.apply();
      if (isSettled) moving.settle();
    }
    moving.settle();
    return values();
  };
  const start = [one, two].flatMap(({ note }) => [note.movingMean, note.movingVariance]);
  const settled = steps(true);
  start.forEach((variable, i) => tf.tidy(() => void variable.write(tf.tensor1d([i % 2]))));
  expect(steps(false)).toEqual(settled);
  expect(settled).not.toEqual([0, 1, 0, 1]);
  [one, two].forEach(({ layer, note }) => tf.dispose([note.statistics, ...layer.weights.map((w) => w.read())]));
});
