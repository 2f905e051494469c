import { ready, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, it } from 'vitest';
import { expectSurvivesSaving, namesOf, parametersOf, withModel } from '../../test/family.js';
import { createModel } from '../createModel.js';
import { wideResnet } from './wideResnet.js';

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
});

// Parameters of RobustBench's networks.
it.each([
  ['wrn_16_4', 2_748_890, 13],
  ['wrn_28_10', 36_479_194, 25],
  ['wrn_40_2', 2_243_546, 37],
])('%s has %i parameters and %i ReLUs', (name, parameters, sites) =>
  withModel(
    () => createModel(name, { initialWeights: 'zeros' }),
    (model) =>
      expect([model.name, parametersOf(model), namesOf(model, 'ReLU').length]).toEqual([name, parameters, sites]),
  ),
);

it('is built of any depth and width by its name, and refuses a depth that there is not', async () => {
  await withModel(
    () => createModel('wrn_10_1', { initialWeights: 'zeros', classes: 4 }),
    (model) => {
      expect(model.outputShape).toEqual([null, 4]);
      const names = ['conv1', 'conv2'].map((name) => `block1.layer.0.${name}`);
      expect(namesOf(model, 'Conv2D').slice(0, 3)).toEqual(['conv1', ...names]);
      expect(model.getLayer('block2.layer.0.convShortcut').outputShape).toEqual([null, 16, 16, 32]);
    },
  );
  expect(() => createModel('wrn_12_1')).toThrow('wideResnet: size must be a depth of 6n + 4 from 10 on');
});

it('survives saving', () =>
  withModel(
    () => wideResnet({ depth: 10, width: 2 }, { seed: 1, inputShape: [16, 16, 3] }),
    (model) => expectSurvivesSaving(model),
  ));
