/**
 * Every public function with every kind of wrong argument; the tables are made from the schemas.
 */
import type { Entries } from '@curvature-tuning/checks';
import { badCalls, faults } from '@curvature-tuning/checks/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { applyLora, applyLoraArguments } from '../src/applyLora.js';
import { compareMethods, compareMethodsArguments } from '../src/compareMethods.js';
import { tuneLora, tuneLoraArguments } from '../src/tuneLora.js';

let model: tf.LayersModel;
let examples: { images: tf.Tensor2D; labels: number[] };

beforeAll(async () => {
  await tf.setBackend('cpu');
  model = tf.sequential({ layers: [tf.layers.dense({ units: 5, activation: 'relu', inputShape: [4] }), tf.layers.dense({ units: 3 })] });
  examples = { images: tf.randomNormal([6, 4], 0, 1, 'float32', 1), labels: [0, 1, 2, 0, 1, 2] };
});

async function refuses<T extends object>(caller: string, schemas: Entries<T>, good: T, call: (args: T) => unknown, atLeast: number): Promise<void> {
  expect(badCalls(schemas, good).length).toBeGreaterThanOrEqual(atLeast);
  expect(await faults(caller, schemas, good, call, () => tf.memory().numTensors)).toEqual([]);
}

describe('bad arguments are refused by name, before any work, and leave no tensor', () => {
  it('applyLora', () => refuses('applyLora', applyLoraArguments, { model, options: {} }, (a) => applyLora(a.model, a.options), 100));
  it('tuneLora', () => refuses('tuneLora', tuneLoraArguments, { model, train: examples, validation: examples, options: {} }, (a) => tuneLora(a.model, a.train, a.validation, a.options), 300));
  it('compareMethods', () =>
    refuses(
      'compareMethods',
      compareMethodsArguments,
      { model, data: () => Promise.resolve({ train: examples, validation: examples, test: examples, id: 'x' }), options: {} },
      (a) => compareMethods(a.model, a.data, a.options),
      120,
    ));
});
