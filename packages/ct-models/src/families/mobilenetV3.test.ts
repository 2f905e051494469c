import { ready, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, it } from 'vitest';
import { expectSurvivesSaving, namesOf, parametersOf, withModel } from '../../test/family.js';
import type { MobileNetV3Name } from './mobilenetV3.js';
import { mobilenetV3 } from './mobilenetV3.js';

beforeAll(async () => {
  await setBackend('wasm');
  await ready();
});

// As torchvision: nine and eight blocks squeeze, and every squeeze has a ReLU.
it.each<[MobileNetV3Name, number, number, number]>([
  ['mobilenet_v3_small', 2_542_856, 33, 9],
  ['mobilenet_v3_large', 5_483_032, 40, 8],
])('%s has %i parameters, %i ReLUs and %i gates', (name, parameters, relus, gates) =>
  withModel(
    () => mobilenetV3(name, { initialWeights: 'zeros' }),
    (model) =>
      expect([
        model.name,
        parametersOf(model),
        namesOf(model, 'ReLU').length,
        namesOf(model, 'HardSigmoid').length,
      ]).toEqual([name, parameters, relus, gates]),
  ),
);

it('bears the names of torchvision', () =>
  withModel(
    () => mobilenetV3('mobilenet_v3_small', { initialWeights: 'zeros' }),
    (model) => {
      const names = model.layers.map(({ name }) => name);
      const first = ['0.0', '0.1', '0.2', '1.fc1', '1.fc2', '2.0', '2.1'].map((name) => `features.1.block.${name}`);
      const fourth = ['0.0', '1.0', '2.fc1', '3.0', '3.1'].map((name) => `features.4.block.${name}`);
      expect(names).toEqual(expect.arrayContaining([...first, ...fourth, 'features.12.0', 'classifier.3']));
    },
  ));

it('survives saving', () =>
  withModel(
    () => mobilenetV3('mobilenet_v3_small', { seed: 1, classes: 4, inputShape: [32, 48, 3] }),
    (model) => expectSurvivesSaving(model),
  ));
