import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { PeftConfig } from './peftConfig.js';
import { missingWhole, wholeWeights, writeWhole } from './wholeModules.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

function model(): tf.LayersModel {
  return tf.sequential({
    layers: [
      tf.layers.dense({ name: 'fc', units: 2, inputShape: [3] }),
      tf.layers.batchNormalization({ name: 'bn' }),
      tf.layers.dropout({ name: 'drop', rate: 0.1 }),
    ],
  });
}
const leaf = (name: string, of = model()) => ({ path: name, layer: of.getLayer(name) });

describe('wholeWeights', () => {
  it('gives weights by the names of PyTorch', () => {
    const names = (name: string): string[] => wholeWeights('test', name, leaf(name).layer).map(([own]) => own);
    expect(names('fc')).toEqual(['weight', 'bias']);
    expect(names('bn').sort()).toEqual(['bias', 'running_mean', 'running_var', 'weight']);
    expect(() => names('drop')).toThrow(
      'test: "drop" (Dropout) cannot be saved whole; Dense and BatchNormalization can',
    );
  });
});

describe('writeWhole', () => {
  it('writes matrices transposed, and vectors as they are', () => {
    const fc = leaf('fc');
    const before = tf.memory().numTensors;
    expect(writeWhole(fc, 'weight', 'k', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) })).toEqual([]);
    expect(writeWhole(fc, 'bias', 'k', { shape: [2], data: Float32Array.of(7, 8) })).toEqual([]);
    expect(tf.memory().numTensors).toBe(before);
    expect(fc.layer.getWeights().map((t) => [...t.dataSync()])).toEqual([
      [1, 4, 2, 5, 3, 6],
      [7, 8],
    ]);
  });

  it.each([
    [undefined, 'weight', [2], 'unexpected: k (no such layer)'],
    ['fc', 'gamma', [2], 'unexpected: k (no such weight)'],
    ['drop', 'weight', [2], 'unexpected: k (a Dropout cannot be read whole; Dense and BatchNormalization can)'],
    ['fc', 'weight', [3, 2], 'mis-shaped: k ([3, 2], the layer takes [2, 3])'],
    ['fc', 'bias', [3], 'mis-shaped: k ([3], the layer takes [2])'],
  ])('says what is wrong with %s.%s of %j', (name, weight, shape, message) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    expect(writeWhole(name === undefined ? undefined : leaf(name), weight, 'k', { shape, data })).toEqual([message]);
  });
});

it('missingWhole lists what modules lack that are named, or whose names end so', () => {
  const net = model();
  const leaves = new Map(['fc', 'bn', 'drop'].map((name) => [`backbone.${name}`, leaf(name, net)]));
  const fc = leaves.get('backbone.fc')!;
  const config = (...saved: string[]): PeftConfig => ({ modules_to_save: saved }) as PeftConfig;
  const whole = [{ leaf: fc, name: 'weight' }];
  expect(missingWhole(config('fc'), leaves, whole)).toEqual([
    'missing: base_model.model.backbone.fc.bias (of modules_to_save)',
  ]);
  expect(missingWhole(config('backbone.fc', 'fc'), leaves, whole).length).toBe(1);
  expect(missingWhole(config('none', 'drop'), leaves, whole)).toEqual([]);
  expect(missingWhole({} as PeftConfig, leaves, whole)).toEqual([]);
});
