import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { baseFields, internals, isActivationField, partsOf, variableOf } from './layerInternals.js';

beforeAll(() => tf.setBackend('cpu'));

it('knows the variable behind a weight, whose gradient tfjs takes', () => {
  const layer = tf.layers.dense({ units: 1, inputShape: [2], kernelInitializer: 'ones' });
  layer.apply(tf.input({ shape: [2] }));
  const variable = variableOf(layer.weights[0]!);
  expect(variable).toBeInstanceOf(tf.Variable);
  const { grads } = tf.variableGrads(
    () => tf.sum(layer.apply(tf.tensor2d([[3, 4]])) as tf.Tensor).asScalar(),
    [variable],
  );
  expect([...grads[variable.name]!.dataSync()]).toEqual([3, 4]);
});

it('sees what was set on a model, without regard to what it holds', () => {
  const layer = tf.layers.dense({ units: 1, inputShape: [2] });
  expect(internals(layer).trainable_).toBe(true);
  layer.trainable = false;
  expect(internals(layer).trainable_).toBe(false);
});

it('lists the layers that a layer is made of, and not its activation', () => {
  const inner = tf.layers.dense({ units: 2 });
  expect([...partsOf(tf.layers.timeDistributed({ layer: inner })).values()]).toEqual([inner]);
  expect(partsOf(inner).size).toBe(0);
  const cells = [tf.layers.gruCell({ units: 2 }), tf.layers.gruCell({ units: 3 })];
  expect([...partsOf(tf.layers.stackedRNNCells({ cells })).values()]).toEqual(cells);
});

it('knows which fields every layer has, and which hold activations', () => {
  for (const field of ['name', 'inboundNodes', 'batchInputShape', 'dtype']) expect(baseFields()).toContain(field);
  expect(baseFields()).not.toContain('kernel');
  expect(['activation', 'recurrentActivation', 'activityRegularizer'].map(isActivationField)).toEqual([
    true,
    true,
    false,
  ]);
});
