/**
 * Every public function with every kind of wrong argument; the tables are made from the schemas.
 */
import type { Entries } from '@curvature-tuning/checks';
import { badCalls, faults } from '@curvature-tuning/checks/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { ctActivation } from '../src/ctActivation.js';
import { ctActivationArguments } from '../src/ctActivationArgs.js';
import type { WeightSelection } from '../src/fitClassifier.js';
import { fitClassifier, fitClassifierArguments } from '../src/fitClassifier.js';
import type { Trainee } from '../src/fitParameters.js';
import { fitParameters, fitParametersArguments } from '../src/fitParameters.js';
import { accuracy, copyModel, meanCrossEntropy } from '../src/index.js';
import { linearProbe, linearProbeArguments } from '../src/probe.js';
import { scoreArguments } from '../src/scores.js';
import { steer, steerArguments, steerByScoreArguments } from '../src/steer.js';
import { replaceActivations, replaceActivationsArguments } from '../src/surgery.js';
import { tune, tuneArguments } from '../src/tune.js';

const classes = [0, 1, 2, 0, 1, 2];
let model: tf.LayersModel;
let examples: { images: tf.Tensor2D; labels: number[] };

beforeAll(async () => {
  await tf.setBackend('cpu');
  model = tf.sequential({ layers: [tf.layers.dense({ units: 5, activation: 'relu', inputShape: [4] }), tf.layers.dense({ units: 3 })] });
  examples = { images: tf.randomNormal([6, 4], 0, 1, 'float32', 1), labels: classes };
});

/** Counts the bad calls, and finds none that is accepted, unnamed, or leaks. */
async function refuses<T extends object>(caller: string, schemas: Entries<T>, good: T, call: (args: T) => unknown, atLeast: number): Promise<void> {
  expect(badCalls(schemas, good).length).toBeGreaterThanOrEqual(atLeast);
  expect(await faults(caller, schemas, good, call, () => tf.memory().numTensors)).toEqual([]);
}

describe('bad arguments are refused by name, before any work, and leave no tensor', () => {
  it('steer', () => refuses('steer', steerArguments, { model, train: examples, validation: examples, options: {} }, (a) => steer(a.model, a.train, a.validation, a.options), 250));
  it('steer by a score', () => refuses('steer', steerByScoreArguments, { model, options: { score: () => Promise.resolve(1) } }, (a) => steer(a.model, a.options), 100));
  it('linearProbe', () => refuses('linearProbe', linearProbeArguments, { model, train: examples, validation: examples, options: {} }, (a) => linearProbe(a.model, a.train, a.validation, a.options), 150));
  it('tune', () => refuses('tune', tuneArguments, { model, train: examples, validation: examples, options: {} }, (a) => tune(a.model, a.train, a.validation, a.options), 350));
  it('fitClassifier', () =>
    refuses(
      'fitClassifier',
      fitClassifierArguments,
      { model, train: examples, validation: examples, options: { weights: [] as WeightSelection[] } },
      // The function takes its model over.
      (a) => fitClassifier(a.model === model ? copyModel(model) : a.model, a.train, a.validation, a.options),
      250,
    ));
  it('fitParameters', async () => {
    const variable = tf.variable(tf.ones([4, 3]));
    const trainee: Trainee = { forward: (images) => tf.matMul(images as tf.Tensor2D, variable as unknown as tf.Tensor2D), inputShape: [null, 4], classes: 3, groups: [{ name: 'w', learningRate: 0.1, parameters: [variable] }] };
    await refuses('fitParameters', fitParametersArguments, { trainee, train: examples, validation: examples, options: {} }, (a) => fitParameters(a.trainee, a.train, a.validation, a.options), 250);
    variable.dispose();
  });
  it('accuracy and meanCrossEntropy', async () => {
    await refuses('accuracy', scoreArguments, { model, examples, options: {} }, (a) => accuracy(a.model, a.examples, a.options), 60);
    await refuses('meanCrossEntropy', scoreArguments, { model, examples, options: {} }, (a) => meanCrossEntropy(a.model, a.examples, a.options), 60);
  });
  it('replaceActivations', () => refuses('replaceActivations', replaceActivationsArguments, { model, options: {} }, (a) => replaceActivations(a.model, a.options), 150));
  it('ctActivation', () => refuses('ctActivation', ctActivationArguments, { options: {} }, (a) => ctActivation(a.options), 200));
});
