import { ready, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSurvivesSaving, namesOf, parametersOf, withModel } from '../../test/family.js';
import { createModel } from '../createModel.js';
import { dmPreActResnet, dmWideResnet } from './dmResnet.js';

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
});

// Parameters of RobustBench's networks.
it.each([
  ['dm_wrn_16_2', 691_674, 13],
  ['dm_wrn_28_10', 36_479_194, 25],
  ['dm_preact18', 12_548_426, 17],
])('%s has %i parameters and %i SiLUs', (name, parameters, sites) =>
  withModel(
    () => createModel(name, { initialWeights: 'zeros' }),
    (model) =>
      expect([model.name, parametersOf(model), namesOf(model, 'Activation').length]).toEqual([name, parameters, sites]),
  ),
);

describe('the activation', () => {
  it.each(['dm_wrn_10_1', 'dm_preact18'])('of %s is ReLU by option or by name', async (name) => {
    for (const build of [
      () => createModel(name, { activation: 'relu', initialWeights: 'zeros' }),
      () => createModel(`${name}_relu`, { initialWeights: 'zeros' }),
    ])
      await withModel(build, (model) => {
        expect(namesOf(model, 'Activation')).toEqual([]);
        expect(namesOf(model, 'ReLU')).toContain('relu');
      });
  });
});

describe('pixels', () => {
  it('are normalised inside, by CIFAR-10 or as told', () =>
    withModel(
      () => dmWideResnet({ depth: 10, width: 1 }, { inputShape: [8, 8, 1], mean: [0.5], std: [0.25], seed: 1 }),
      (model) => expect(model.getLayer('standardize').getConfig()).toMatchObject({ mean: [0.5], std: [0.25] }),
    ));

  it('have as many channels as mean and std', () => {
    expect(() => dmPreActResnet(18, { inputShape: [32, 32, 1] })).toThrow(
      'dm_preact18: mean and std must have as many numbers as inputShape has channels, 1, got 3 and 3',
    );
  });
});

it('refuses depths that there are not', () => {
  expect(() => createModel('dm_wrn_12_1')).toThrow('dmWideResnet: size must be a depth of 6n + 4');
  expect(() => createModel('dm_preact50')).toThrow('dmPreActResnet: depth must be 18 or 34, got 50');
});

it.each([
  () => dmWideResnet({ depth: 10, width: 2 }, { seed: 1, inputShape: [8, 16, 3] }),
  () => dmPreActResnet(18, { seed: 1, inputShape: [16, 16, 3] }),
])('survives saving', (build) => withModel(build, (model) => expectSurvivesSaving(model)));
