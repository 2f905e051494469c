import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import type { BatchMoments } from './normalizations.js';
import { normalizationsOf, statisticsOf } from './normalizations.js';

it('finds those of nested models, each once, and reports moments along any axis to 1e-6', async () => {
  await tf.setBackend('cpu');
  const inner = tf.sequential({
    layers: [tf.layers.batchNormalization({ inputShape: [2, 2], name: 'norm', axis: 1 })],
  });
  const input = tf.input({ shape: [2, 2] });
  const model = tf.model({ inputs: input, outputs: inner.apply(inner.apply(input)) as tf.SymbolicTensor });
  const found = normalizationsOf(model);
  expect(found.map(({ path }) => path)).toEqual([`${inner.name}/norm`]);
  expect(statisticsOf(model)).toEqual([found[0]!.movingMean, found[0]!.movingVariance]);
  const heard: BatchMoments[] = [];
  const undo = found[0]!.observe((moments) => heard.push(moments));
  const y = inner.predict(tf.tensor3d([1, 3, 10, 20], [1, 2, 2])) as tf.Tensor;
  undo();
  expect(heard).toHaveLength(1);
  expect(heard[0]!.count).toBe(2);
  expect([...heard[0]!.mean.dataSync()]).toEqual([2, 15]);
  expect([...heard[0]!.variance.dataSync()]).toEqual([1, 25]);
  [-1, 1, -1, 1].forEach((v, i) =>
    expect(Math.abs(y.dataSync()[i]! - v / Math.sqrt(i < 2 ? 1.001 : 1 + 4e-5))).toBeLessThan(1e-5),
  );
  expect(Object.hasOwn(inner.getLayer('norm'), 'call')).toBe(false);
});
